#include "engine/bundle/reader.h"
#include "engine/bundle/writer.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <cstdio>
#include <sys/resource.h>
#include <thread>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;
using namespace scalekeep::bundle;

/// Writing, opening, verifying and reading a bundle: wall time, CPU time and peak memory. Not a test: it prints what it
/// measured.
namespace {

double cpuSeconds()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

template <class Function>
void measure(const char* what, double megabytes, const Function& function)
{
    QElapsedTimer timer;
    timer.start();
    const double cpu = cpuSeconds();
    function();
    const double wall = static_cast<double>(timer.nsecsElapsed()) / 1e9;
    const double used = cpuSeconds() - cpu;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::printf("%-28s %8.2f s wall %8.2f s CPU %8.0f MB/s %8.0f MB/s a core %6ld MB peak\n", what, wall, used,
                megabytes / wall, megabytes / used, usage.ru_maxrss / 1024);
}

void check(bool good, const QString& why)
{
    if (!good)
        qFatal("%s", qPrintable(why));
}

QByteArray sqlText()
{
    QRandomGenerator random(1);
    QByteArray text = "INSERT INTO `cinstances` VALUES ";
    while (text.size() < 16 * SegmentSize)
        text += "(" + QByteArray::number(random.bounded(10'000'000)) + ",'" +
                QByteArray::number(random.generate64(), 16) + "','live','user" +
                QByteArray::number(random.bounded(5000)) + "@example.com',NULL,'2021-03-04 10:11:12',0),\n";
    return text;
}
} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    const int megabytes = app.arguments().value(1, u"1000"_s).toInt();
    const int streams = app.arguments().value(2, u"3"_s).toInt();
    check(megabytes > 0 && streams > 0, u"usage: bench_bundle [MEGABYTES [STREAMS]]"_s);
    const QTemporaryDir directory;
    const QString path = directory.filePath(u"bundle.tar"_s);
    const QByteArray text = sqlText();

    measure("write", megabytes, [&] {
        Header header;
        header.started = QDateTime::currentDateTimeUtc();
        auto writer = Writer::create(path, header);
        check(writer.has_value(), u"create"_s);
        std::vector<std::thread> threads;
        for (int i = 0; i < streams; ++i) {
            threads.emplace_back([&, i] {
                auto stream = (*writer)->openStream(u"component-%1"_s.arg(i), u"dump.sql"_s, u"mysqldump"_s);
                qint64 left = qint64(megabytes) * 1'000'000 / streams;
                for (qsizetype at = 0; left > 0; at = (at + 65536) % (text.size() - 65536)) {
                    const qint64 size = qMin<qint64>(left, 65536);
                    check((*stream)->write(std::span(text.constData() + at, static_cast<size_t>(size))).has_value(),
                          u"write"_s);
                    left -= size;
                }
                check((*stream)->finish({}).has_value(), u"finish"_s);
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        check((*writer)->finish({}).has_value(), u"finish"_s);
    });
    std::printf("%-28s %8.1f MB\n", "size", static_cast<double>(QFileInfo(path).size()) / 1e6);
    Result<std::unique_ptr<Reader>> reader;
    measure("open", static_cast<double>(QFileInfo(path).size()) / 1e6, [&] { reader = Reader::open(path); });
    check(reader.has_value(), u"open"_s);
    measure("verify", megabytes, [&] {
        const auto report = (*reader)->verify();
        check(report && report->whole, u"verify"_s);
    });
    measure("read in order", megabytes, [&] {
        for (const Stream& stream : (*reader)->manifest().streams)
            check((*reader)->read(stream, [](std::span<const char>) -> Result<void> { return {}; }).has_value(),
                  u"read"_s);
    });
    const Stream& stream = (*reader)->manifest().streams.at(0);
    QRandomGenerator random(2);
    measure("1000 reads of 4 KB anywhere", 4, [&] {
        for (int i = 0; i < 1000; ++i)
            check((*reader)
                      ->readAt(stream,
                               static_cast<qint64>(random.generate64() % static_cast<quint64>(stream.bytes - 4096)),
                               4096)
                      .has_value(),
                  u"readAt"_s);
    });
    return 0;
}
