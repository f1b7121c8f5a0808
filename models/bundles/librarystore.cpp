#include "models/bundles/librarystore.h"

#include "engine/base/files.h"

#include <QFileInfo>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qint64 largestFile = 16 << 20;

QStringList paths(const QJsonValue& value, qsizetype most)
{
    QStringList list;
    const QJsonArray array = value.toArray();
    for (const QJsonValue& each : array) {
        const QString path = each.toString();
        if (list.size() < most && path.startsWith(u'/') && !list.contains(path))
            list.append(path);
    }
    return list;
}
} // namespace

QString LibraryStore::noteKey(const BundleInfo& bundle)
{
    if (bundle.manifest && !bundle.manifest->membersSha256.isEmpty())
        return u"sha256:"_s + QString::fromLatin1(bundle.manifest->membersSha256);
    return u"file:"_s + bundle.file.key();
}

Result<void> LibraryStore::load()
{
    if (!QFile::exists(m_path))
        return {};
    const auto text = readFile(m_path, largestFile);
    if (!text)
        return fail(text.error());
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(*text, &error);
    m_unreadable = !document.isObject();
    if (m_unreadable)
        return fail(ErrorCode::BadInput, u"The list of bundle folders and notes “%1” cannot be read."_s.arg(m_path),
                    u"It is kept as “%1.damaged” when something is saved. Add the folders again."_s.arg(m_path), error.errorString());
    const QJsonObject json = document.object();
    folders = paths(json[u"folders"], MostFolders);
    files = paths(json[u"files"], MostFiles);
    const QJsonObject notes = json[u"notes"].toObject();
    for (auto at = notes.begin(); at != notes.end() && m_notes.size() < MostEntries; ++at)
        m_notes.insert(at.key(), at.value().toString().simplified().left(LongestNote));
    const QJsonObject verified = json[u"verified"].toObject();
    for (auto at = verified.begin(); at != verified.end() && m_verifications.size() < MostEntries; ++at) {
        const Verification found{QDateTime::fromString(at.value()[u"when"].toString(), Qt::ISODate), at.value()[u"whole"].toBool(), at.value()[u"problem"].toString().left(LongestNote)};
        if (found.when.isValid())
            m_verifications.insert(at.key(), found);
    }
    return {};
}

Result<void> LibraryStore::save() const
{
    if (m_unreadable) {
        QFile::remove(m_path + u".damaged"_s);
        QFile::rename(m_path, m_path + u".damaged"_s);
    }
    QJsonObject notes, verified;
    for (auto at = m_notes.begin(); at != m_notes.end(); ++at)
        notes.insert(at.key(), at.value());
    for (auto at = m_verifications.begin(); at != m_verifications.end(); ++at)
        verified.insert(at.key(), QJsonObject{{u"when"_s, at->when.toUTC().toString(Qt::ISODate)}, {u"whole"_s, at->whole}, {u"problem"_s, at->problem}});
    const QJsonObject json{{u"folders"_s, QJsonArray::fromStringList(folders)}, {u"files"_s, QJsonArray::fromStringList(files)}, {u"notes"_s, notes}, {u"verified"_s, verified}};
    if (auto made = makePrivateDirectory(QFileInfo(m_path).path()); !made)
        return made;
    return writePrivateFile(m_path, QJsonDocument(json).toJson());
}

void LibraryStore::setNote(const BundleInfo& bundle, const QString& note)
{
    const QString text = note.simplified().left(LongestNote);
    if (text.isEmpty())
        m_notes.remove(noteKey(bundle));
    else if (m_notes.size() < MostEntries || m_notes.contains(noteKey(bundle)))
        m_notes.insert(noteKey(bundle), text);
}

std::optional<Verification> LibraryStore::verification(const FileStamp& file) const
{
    const auto found = m_verifications.constFind(file.key());
    return found == m_verifications.constEnd() ? std::nullopt : std::optional(*found);
}

void LibraryStore::setVerification(const FileStamp& file, const Verification& verification)
{
    if (m_verifications.size() >= MostEntries) {
        const auto oldest = std::min_element(m_verifications.begin(), m_verifications.end(), [](const Verification& a, const Verification& b) { return a.when < b.when; });
        m_verifications.erase(oldest);
    }
    m_verifications.insert(file.key(), verification);
}

} // namespace scalekeep::models
