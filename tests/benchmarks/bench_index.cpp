#include "engine/index/index.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>

#include <cstdio>
#include <sys/resource.h>

using namespace Qt::Literals::StringLiterals;
using namespace scalekeep;

/// Indexing one stream (format as in the manifest: mysqldump, pg_dump, rdb, tar, json) from a file: seconds, MB/s, peak memory.
int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    const QStringList words = app.arguments();
    if (words.size() != 3)
        qFatal("usage: bench_index FORMAT FILE");
    QFile file(words.at(2));
    if (!file.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        qFatal("%s", qPrintable(file.errorString()));
    const auto indexer = index::indexer(words.at(1));
    if (!indexer)
        qFatal("no such format");
    QByteArray buffer(256LL * 1024, Qt::Uninitialized);
    qint64 bytes = 0;
    qint64 spent = 0;
    QElapsedTimer timer;
    for (qint64 got = 0; (got = file.read(buffer.data(), buffer.size())) > 0; bytes += got) {
        timer.start();
        if (const auto added = indexer->add(std::span(buffer.constData(), static_cast<size_t>(got))); !added)
            qFatal("%s", qPrintable(added.error().message));
        spent += timer.nsecsElapsed();
    }
    timer.start();
    const auto content = indexer->finish();
    if (!content)
        qFatal("%s", qPrintable(content.error().message));
    const qsizetype json = QJsonDocument(*content).toJson(QJsonDocument::Compact).size();
    const double ending = static_cast<double>(timer.nsecsElapsed()) / 1e9;
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const double megabytes = static_cast<double>(bytes) / 1e6;
    const double seconds = static_cast<double>(spent) / 1e9;
    std::printf("%.0f MB in %.2f s: %.0f MB/s; end and JSON of %.1f MB %.2f s; %ld MB peak\n", megabytes, seconds, megabytes / seconds, static_cast<double>(json) / 1e6, ending, usage.ru_maxrss / 1024);
    return 0;
}
