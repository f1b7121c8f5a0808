#pragma once

#include <QByteArrayView>
#include <QString>

#include <optional>

namespace scalekeep::bundle {

inline constexpr int MaxSegments = 999'999; ///< six digits, so that names sort as numbers: a stream of 1 TB

/// What a member of a bundle is, by its name. A bundle has no others, so a name with `..`, an absolute one or one below
/// a file cannot even be written down.
struct MemberName {
    enum class Kind { Readme, Header, Segment, StreamRecord, Index, Manifest };
    Kind kind = Kind::Readme;
    QString component;
    QString stream;
    int number = 0; ///< of a segment, from 1
    bool operator==(const MemberName&) const = default;
};

/// Nothing for a name that no bundle has.
std::optional<MemberName> parseMemberName(QByteArrayView name);
inline const QString ReadmeName = QStringLiteral("README.txt");      ///< first
inline const QString HeaderName = QStringLiteral("bundle.json");     ///< second
inline const QString ManifestName = QStringLiteral("manifest.json"); ///< last
QString segmentName(const QString& component, const QString& stream, int number);
QString streamRecordName(const QString& component, const QString& stream);
QString indexName(const QString& component);
/// "component/name", as people and errors name a stream.
QString streamKey(const QString& component, const QString& name);
/// Whether both are plain names and short enough together, see Stream.
bool isStreamName(const QString& component, const QString& name);

} // namespace scalekeep::bundle
