// A client that misbehaves in the way its first argument names; the table in tst_runner.cpp says what the Runner makes of it.
// NOLINTBEGIN(concurrency-mt-unsafe): there is one thread.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <unistd.h>

namespace {

void out(const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void err(const std::string& text)
{
    std::fwrite(text.data(), 1, text.size(), stderr);
    std::fflush(stderr);
}

void sleepMs(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }

[[noreturn]] void hang()
{
    for (;;)
        ::pause();
}

void flood(int fd, long megabytes)
{
    const std::string block(65536, 'x');
    for (long i = 0; i < megabytes * 16; ++i) {
        for (size_t at = 0; at < block.size();) {
            const ssize_t n = ::write(fd, block.data() + at, block.size() - at);
            if (n <= 0)
                std::exit(9);
            at += static_cast<size_t>(n);
        }
    }
}

} // namespace

int main(int argc, char** argv)
{
    const std::string what = argc > 1 ? argv[1] : "";
    const long number = argc > 2 ? std::strtol(argv[2], nullptr, 10) : 0;

    if (what == "exit") {
        out("out\n");
        err("err\n");
        return static_cast<int>(number);
    }
    if (what == "crash") {
        out("before");
        std::signal(SIGSEGV, SIG_DFL);
        ::raise(SIGSEGV);
    }
    if (what == "hang")
        hang();
    if (what == "ignore-term") {
        std::signal(SIGTERM, SIG_IGN);
        out(std::to_string(::getpid()) + "\n");
        hang();
    }
    if (what == "grandchild") { // both ignore SIGTERM; the pid of the grandchild is told
        std::signal(SIGTERM, SIG_IGN);
        const pid_t child = ::fork();
        if (child == 0)
            hang();
        out(std::to_string(child) + "\n");
        hang();
    }
    if (what == "leave-grandchild") { // ends at SIGTERM, its grandchild does not
        const pid_t child = ::fork();
        if (child == 0) {
            std::signal(SIGTERM, SIG_IGN);
            hang();
        }
        out(std::to_string(child) + "\n");
        hang();
    }
    if (what == "partial-lines") {
        err("one");
        sleepMs(60);
        err(" line\nsecond\nno end");
    }
    if (what == "long-line")
        err(std::string(static_cast<size_t>(number), 'y'));
    if (what == "flood-stderr") {
        flood(2, number);
        err("\nlast words\n");
    }
    if (what == "flood-stdout")
        flood(1, number);
    if (what == "flood-until-stopped") {
        for (;;)
            flood(1, 1);
    }
    if (what == "close-stdout") {
        out("early");
        ::close(1);
        sleepMs(200);
        err("still here\n");
        return 5;
    }
    if (what == "close-all") {
        ::close(1);
        ::close(2);
        hang();
    }
    if (what == "never-read") { // standard input stays open and full
        sleepMs(static_cast<int>(number));
        return 7;
    }
    if (what == "exit-unread") {
        char byte = 0;
        return ::read(0, &byte, 1) == 1 ? 5 : 6;
    }
    if (what == "cat") {
        char block[65536];
        for (ssize_t n = 0; (n = ::read(0, block, sizeof block)) > 0;) {
            if (::write(1, block, static_cast<size_t>(n)) != n)
                return 9;
        }
    }
    if (what == "count") { // how much came in, slowly when asked
        char block[65536];
        long total = 0;
        for (ssize_t n = 0; (n = ::read(0, block, sizeof block)) > 0; total += n) {
            if (number)
                sleepMs(static_cast<int>(number));
        }
        out(std::to_string(total));
    }
    if (what == "first-line") { // answers what it is told
        char line[256] = {};
        if (!std::fgets(line, sizeof line, stdin))
            return 3;
        out(line);
        return std::fgetc(stdin) == EOF ? 0 : 4;
    }
    if (what == "heartbeats") {
        for (long i = 0; i < number; ++i) {
            err("hb\n");
            sleepMs(20);
        }
    }
    if (what == "drip") {
        for (long i = 0; i < number; ++i) {
            out(".");
            sleepMs(20);
        }
    }
    if (what == "environment") {
        const char* value = std::getenv(argv[2]);
        out(value ? value : "unset");
    }
    if (what == "terminal")
        out(::isatty(0) || ::isatty(1) || ::isatty(2) ? "yes" : "no");
    return 0;
}
// NOLINTEND(concurrency-mt-unsafe)
