#pragma once

#include "bundles.h"

#include "engine/base/digest.h"

#include <functional>

/// Takes a bundle apart and writes it again with whatever an attacker may change, digests and seals included.
namespace scalekeep::bundle {

struct ForgedMember {
    QByteArray name;
    QByteArray data;
    std::function<void(QByteArray& header)> change = {}; ///< before the checksum is computed
    char padding = '\0';
};

class Forge {
public:
    explicit Forge(const QString& genuine)
    {
        const QByteArray bytes = fileContent(genuine);
        const auto reader = Reader::open(genuine);
        if (!reader)
            qFatal("not a bundle: %s", qPrintable(reader.error().message));
        m_header = bytes.first(512);
        m_manifest = (*reader)->manifest();
        for (const Member& member : (*reader)->members())
            members.append({member.name.toLatin1(), bytes.mid(member.offset, member.size)});
    }

    QList<ForgedMember> members;
    QByteArray end = QByteArray(1024, '\0');

    [[nodiscard]] qsizetype find(const QByteArray& name) const
    {
        for (qsizetype i = 0; i < members.size(); ++i) {
            if (members.at(i).name == name)
                return i;
        }
        qFatal("no member %s", name.constData());
    }
    ForgedMember& operator[](const QByteArray& name) { return members[find(name)]; }

    /// Makes manifest and stream records true for the members as they are now.
    void seal(const std::function<void(Manifest&)>& change = {})
    {
        Manifest manifest = m_manifest;
        for (Stream& stream : manifest.streams) {
            stream.storedBytes = 0;
            for (const ForgedMember& member : std::as_const(members)) {
                if (member.name.startsWith("streams/" + stream.component.toUtf8() + '/' + stream.name.toUtf8() + '/') &&
                    member.name.endsWith(".zst"))
                    stream.storedBytes += member.data.size();
            }
        }
        if (change)
            change(manifest);
        for (const Stream& stream : std::as_const(manifest.streams)) {
            for (ForgedMember& member : members) {
                if (member.name == "streams/" + stream.component.toUtf8() + '/' + stream.name.toUtf8() + "/stream.json")
                    member.data = sealedJson(toJson(stream));
            }
        }
        Sha256 digest;
        for (const ForgedMember& member : std::as_const(members)) {
            if (member.name != "manifest.json")
                digest.add(member.name + ' ' + QByteArray::number(member.data.size()) + ' ' + Sha256::of(member.data) +
                           '\n');
        }
        manifest.membersSha256 = digest.finish();
        (*this)["manifest.json"].data = sealedJson(toJson(manifest));
    }

    [[nodiscard]] QByteArray header(const ForgedMember& member) const
    {
        QByteArray header = m_header;
        header.replace(0, 100, member.name.left(100).leftJustified(100, '\0'));
        header.replace(124, 11, QByteArray::number(member.data.size(), 8).rightJustified(11, '0'));
        if (member.change)
            member.change(header);
        header.replace(148, 8, "        ");
        qint64 sum = 0;
        for (const char c : header)
            sum += static_cast<unsigned char>(c);
        header.replace(148, 6, QByteArray::number(sum, 8).rightJustified(6, '0'));
        header.replace(154, 2, m_header.mid(154, 2));
        return header;
    }

    [[nodiscard]] QByteArray bytes() const
    {
        QByteArray all;
        for (const ForgedMember& member : members)
            all += header(member) + member.data + QByteArray((512 - member.data.size() % 512) % 512, member.padding);
        return all + end;
    }

private:
    QByteArray m_header;
    Manifest m_manifest;
};

} // namespace scalekeep::bundle
