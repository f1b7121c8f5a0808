// `exec` of the client with this machine in place of a pod: what stands behind `--` runs in a session of its own, between pipes of ours,
// and lives on when we die, as in a pod. The environment says what goes wrong:
//   LOCALCLIENT_SHELL     the `sh` of the container (dash, bash)
//   LOCALCLIENT_PATH      its PATH
//   LOCALCLIENT_TRUNCATE  after N bytes of standard output the connection is lost; we end with 0 and say nothing, as the real one does
//   LOCALCLIENT_CUT_INPUT after N bytes of standard input its end is told
//   LOCALCLIENT_FLIP      bit 0 of byte N of standard output is flipped
//   LOCALCLIENT_STALL     after N bytes of standard output nothing of it arrives any more; standard error still does
//   LOCALCLIENT_SILENT    after N bytes of standard output nothing arrives any more
//   LOCALCLIENT_FILE_SIZE no file can become larger than N bytes
//   LOCALCLIENT_PID       the file that gets the pid of the process in the "pod"
// NOLINTBEGIN(concurrency-mt-unsafe): there is one thread.
#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace {

constexpr long never = std::numeric_limits<long>::max();

long setting(const char* name)
{
    const char* value = std::getenv(name);
    return value && *value ? std::strtol(value, nullptr, 10) : never;
}

[[noreturn]] void runInPod(char** command)
{
    ::setsid();
    if (const long size = setting("LOCALCLIENT_FILE_SIZE"); size != never) {
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit limit{static_cast<rlim_t>(size), static_cast<rlim_t>(size)};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    if (const char* shell = std::getenv("LOCALCLIENT_SHELL"); shell && std::strcmp(command[0], "sh") == 0)
        command[0] = const_cast<char*>(shell);
    // The shell itself is found on our PATH, what it runs on the container's.
    std::string program = command[0];
    if (program.find('/') == std::string::npos) {
        const char* lives = std::getenv("LOCALCLIENT_PATH");
        program = "/bin/" + program;
        if (lives)
            ::setenv("PATH", lives, 1);
    }
    ::execv(program.c_str(), command);
    std::perror("localclient");
    ::_exit(126);
}

bool writeAll(int fd, const char* data, long size)
{
    while (size > 0) {
        const ssize_t n = ::write(fd, data, static_cast<size_t>(size));
        if (n <= 0)
            return false;
        data += n;
        size -= n;
    }
    return true;
}

} // namespace

int main(int argc, char** argv)
{
    std::signal(SIGPIPE, SIG_IGN);
    int first = 1;
    bool withInput = false;
    while (first < argc && std::string_view(argv[first]) != "--")
        withInput = std::string_view(argv[first++]) == "-i" || withInput;
    if (first + 1 >= argc)
        return 2;

    int in[2], out[2], err[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0 || ::pipe(err) != 0)
        return 2;
    const pid_t pod = ::fork();
    if (pod == 0) {
        ::dup2(in[0], 0);
        ::dup2(out[1], 1);
        ::dup2(err[1], 2);
        for (int fd = 3; fd < 64; ++fd)
            ::close(fd);
        std::signal(SIGPIPE, SIG_DFL);
        runInPod(argv + first + 1);
    }
    ::close(in[0]);
    ::close(out[1]);
    ::close(err[1]);
    if (const char* file = std::getenv("LOCALCLIENT_PID")) {
        if (FILE* f = std::fopen(file, "w")) {
            std::fprintf(f, "%d\n", pod);
            std::fclose(f);
        }
    }
    if (!withInput) {
        ::close(in[1]);
        in[1] = -1;
    }

    const long truncate = setting("LOCALCLIENT_TRUNCATE");
    const long cutInput = setting("LOCALCLIENT_CUT_INPUT");
    const long flip = setting("LOCALCLIENT_FLIP");
    const long silent = setting("LOCALCLIENT_SILENT");
    const long stall = std::min(setting("LOCALCLIENT_STALL"), silent);
    long sent = 0;
    long received = 0;
    if (truncate == 0)
        return 0;
    std::vector<char> block(65536);
    // Standard input, standard output and standard error of the pod's process; -1 once at its end.
    std::array<pollfd, 3> fds{pollfd{in[1] < 0 ? -1 : 0, POLLIN, 0}, pollfd{out[0], POLLIN, 0}, pollfd{err[0], POLLIN, 0}};
    while (fds[1].fd >= 0 || fds[2].fd >= 0) {
        if (::poll(fds.data(), fds.size(), -1) < 0)
            return 2;
        if (fds[0].revents) {
            long n = ::read(0, block.data(), block.size());
            const bool cut = n > 0 && sent + n >= cutInput;
            if (cut)
                n = cutInput - sent;
            sent += std::max(n, 0L);
            const bool taken = n > 0 && writeAll(in[1], block.data(), n);
            if (!taken || cut) {
                ::close(in[1]);
                fds[0].fd = -1;
            }
        }
        if (fds[1].revents) {
            long n = ::read(out[0], block.data(), block.size());
            if (n <= 0)
                fds[1].fd = -1;
            n = std::max(n, 0L);
            if (flip >= received && flip < received + n)
                block[static_cast<size_t>(flip - received)] ^= 1;
            const long pass = std::min(n, std::max(0L, std::min(truncate, stall) - received));
            received += n;
            if (!writeAll(1, block.data(), pass))
                return 2;
            if (received >= truncate)
                return 0;
        }
        if (fds[2].revents) {
            const long n = ::read(err[0], block.data(), block.size());
            if (n <= 0)
                fds[2].fd = -1;
            else if (received < silent)
                writeAll(2, block.data(), n);
        }
    }
    int status = 0;
    ::waitpid(pod, &status, 0);
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (code != 0)
        std::fprintf(stderr, "command terminated with exit code %d\n", code);
    return code;
}
// NOLINTEND(concurrency-mt-unsafe)
