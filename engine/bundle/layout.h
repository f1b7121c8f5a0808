#pragma once

#include "engine/bundle/frames.h"
#include "engine/bundle/scanner.h"

#include <QHash>

namespace scalekeep::bundle {

/// The members of a bundle, sorted by what they are; indexes into `members`.
struct Layout {
    struct StreamMembers {
        QList<int> segments; ///< in order, the first is number 1
        int record = -1;
    };
    QList<Member> members;
    QHash<QString, StreamMembers> streams; ///< by streamKey()
    QMap<QString, int> indexes;            ///< by component
    int manifest = -1;

    /// BadInput unless the members come in the order in which a bundle is written.
    Result<void> add(const ScannedMember& found);
};

struct Reader::Private {
    std::unique_ptr<RandomFile> file;
    Layout layout;
    Header header;
    Manifest manifest;

    [[nodiscard]] Result<void> load();
    [[nodiscard]] Result<void> checkStreams() const;
    [[nodiscard]] Result<void> checkIndexes() const;
    [[nodiscard]] Result<QByteArray> content(int member) const;
    [[nodiscard]] Result<const Layout::StreamMembers*> find(const Stream& stream) const;
    [[nodiscard]] qint64 plainSize(const Stream& stream, qsizetype segment) const;
    /// The plain bytes of one segment, checked; valid until `frames` or `stored` are used again.
    [[nodiscard]] Result<std::span<const char>> segment(const Stream& stream, const Layout::StreamMembers& members,
                                                        qsizetype number, FrameReader& frames,
                                                        std::vector<char>& stored) const;
};

Error damagedStream(const RandomFile& file, const Stream& stream, const QString& what);
inline constexpr qint64 LargestIndex = qint64(256) << 20; ///< plain bytes
/// The plain bytes of an index.
struct IndexDigest { QByteArray sha256; qint64 bytes = 0; };
Result<IndexDigest> indexDigest(const RandomFile& file, const Member& index);
/// Whether a member is wrong; otherwise it could not be read just now.
bool isDamage(const Error& error);

} // namespace scalekeep::bundle
