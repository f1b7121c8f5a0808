#include "models/backup/estimates.h"

#include "engine/bundle/reader.h"

#include <QDir>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

LastBundle lastBundle(const QString& folder, const NamespaceRef& where)
{
    constexpr int mostOpened = 3; // Opening walks through a whole file's headers; an estimate is not worth more.
    const QString prefix = where.cluster + u'-' + where.name + u'-';
    const QFileInfoList files = QDir(folder).entryInfoList({u"*.scalekeep.tar"_s}, QDir::Files, QDir::Time);
    int opened = 0;
    for (const QFileInfo& file : files) {
        if (!file.fileName().startsWith(prefix))
            continue;
        if (++opened > mostOpened)
            break;
        const auto reader = bundle::Reader::open(file.filePath());
        if (!reader || (*reader)->header().cluster != where.cluster || (*reader)->header().namespaceName != where.name || (*reader)->header().purpose != u"backup")
            continue;
        LastBundle last{.path = file.filePath(), .started = (*reader)->header().started, .components = {}};
        for (const bundle::Stream& stream : (*reader)->manifest().streams) {
            LastBundle::Facts& facts = last.components[stream.component];
            facts.bytes = std::max<qint64>(facts.bytes, 0) + stream.bytes;
            facts.storedBytes = std::max<qint64>(facts.storedBytes, 0) + stream.storedBytes;
            if (stream.started.isValid() && stream.finished.isValid())
                facts.milliseconds = std::max<qint64>(facts.milliseconds, 0) + std::max<qint64>(0, stream.started.msecsTo(stream.finished));
        }
        return last;
    }
    return {};
}

} // namespace scalekeep::models
