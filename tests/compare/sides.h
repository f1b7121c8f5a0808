#pragma once

#include "engine/compare/detail.h"
#include "engine/compare/nodes.h"

#include "tests/index/rdbwriter.h"
#include "tests/index/support.h"

#include <QJsonArray>
#include <QTemporaryDir>

#include <cstring>

/// One side of a comparison from plain data: its content index and, as a source, the data itself.
class Side : public scalekeep::compare::Source {
public:
    explicit Side(qint64 moment = 1'700'000'000'000) : m_moment(moment)
    {
        content.label = QStringLiteral("side");
        content.header.cluster = QStringLiteral("north");
        content.header.namespaceName = QStringLiteral("threescale");
        content.when = QDateTime::fromMSecsSinceEpoch(moment, Qt::UTC);
    }

    Side& add(const QString& component, const QString& format, const QByteArray& bytes)
    {
        return add(component, format, bytes, goodIndex(format, bytes));
    }
    Side& add(const QString& component, const QString& format, const QByteArray& bytes, const QJsonObject& index)
    {
        data.insert(component, bytes);
        content.parts.insert(component, {.index = index, .moment = QDateTime::fromMSecsSinceEpoch(m_moment, Qt::UTC), .title = component, .engine = format, .format = format, .unreadable = false, .notes = {}});
        return *this;
    }

    scalekeep::Result<void> read(const QString& component, const scalekeep::ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop) override
    {
        const QByteArray& bytes = data[component];
        constexpr qsizetype piece = 64 * 1024;
        for (qsizetype at = 0; at < bytes.size(); at += piece) {
            if (stop.stop_requested())
                return scalekeep::fail(scalekeep::ErrorCode::Cancelled, QStringLiteral("cancelled"));
            const qsizetype size = std::min(piece, bytes.size() - at);
            if (auto taken = sink({bytes.constData() + at, static_cast<size_t>(size)}); !taken)
                return taken;
            if (progress)
                progress(at + size, bytes.size());
        }
        return {};
    }

    scalekeep::compare::Content content;
    QMap<QString, QByteArray> data;

private:
    qint64 m_moment;
};

inline scalekeep::compare::Comparison comparisonOf(const Side& a, const Side& b, const scalekeep::compare::Rules& rules = scalekeep::compare::Rules::standard())
{
    return scalekeep::compare::compare(a.content, b.content, rules);
}

/// "path state +added -removed ~changed" of every difference, "(noise)" behind those that do not count; what is at least so many has a '>'.
inline QStringList differencesIn(const scalekeep::compare::Comparison& comparison, bool withNoise = false)
{
    QStringList list;
    for (const scalekeep::compare::Node* node : comparison.differences(withNoise)) {
        QString text = node->path + u' ' + scalekeep::compare::stateName(node->state);
        if (node->counts.added)
            text += QStringLiteral(" +%1").arg(node->counts.added);
        if (node->counts.removed)
            text += QStringLiteral(" -%1").arg(node->counts.removed);
        if (node->counts.changed)
            text += QStringLiteral(" ~%1").arg(node->counts.changed);
        if (!node->counts.exact)
            text += u'>';
        if (node->noise)
            text += QStringLiteral(" (noise: %1)").arg(node->rule);
        list.append(text);
    }
    return list;
}

inline scalekeep::Result<scalekeep::compare::Detail> detailOf(const scalekeep::compare::Comparison& comparison, const QString& path, Side& a, Side& b, const scalekeep::compare::Limits& limits = {},
                                                              const std::stop_token& stop = {}, const scalekeep::compare::DetailProgress& progress = {})
{
    const scalekeep::compare::Node* node = comparison.find(path);
    if (!node)
        return scalekeep::fail(scalekeep::ErrorCode::NotFound, QStringLiteral("no node ") + path);
    QTemporaryDir directory;
    return scalekeep::compare::detail(comparison, *node, a, b, directory.path(), progress, stop, limits);
}

/// "changed: 1|a|b -> 1|a|c"; NULL as a symbol, so that the text NULL is another.
inline QStringList rowsIn(const scalekeep::compare::RowDetail& detail)
{
    const auto text = [](const QList<scalekeep::compare::Cell>& cells) {
        QStringList list;
        for (const auto& cell : cells)
            list.append((cell.null ? QStringLiteral("∅") : cell.text) + (cell.changed ? QStringLiteral("!") : QString()));
        return list.join(u'|');
    };
    QStringList rows;
    for (const auto& pair : detail.rows)
        rows.append(scalekeep::compare::stateName(pair.state) + QStringLiteral(": ") + (pair.a.isEmpty() ? text(pair.b) : pair.b.isEmpty() ? text(pair.a) : text(pair.a) + QStringLiteral(" -> ") + text(pair.b)));
    return rows;
}

/// A mysqldump of these statements.
inline QByteArray mysql(const QByteArray& statements)
{
    return "-- MySQL dump 10.13\n\n" + statements + "\n-- Dump completed on 2026-11-30  2:00:00\n";
}

inline QByteArray postgres(const QByteArray& statements)
{
    return "--\n-- PostgreSQL database dump\n--\n\n" + statements + "\n--\n-- PostgreSQL database dump complete\n--\n\n";
}

/// A tar member as GNU tar writes it. Names of up to 99 bytes.
inline QByteArray member(const QByteArray& name, const QByteArray& content, char type = '0', int mode = 0644, qint64 mtime = 1'700'000'000, const QByteArray& target = {})
{
    QByteArray header(512, '\0');
    const auto put = [&header](int at, const QByteArray& text) { std::memcpy(header.data() + at, text.constData(), static_cast<size_t>(text.size())); };
    put(0, name);
    put(100, QByteArray::number(mode, 8).rightJustified(7, '0'));
    put(108, "0000000");
    put(116, "0000000");
    put(124, QByteArray::number(content.size(), 8).rightJustified(11, '0'));
    put(136, QByteArray::number(mtime, 8).rightJustified(11, '0'));
    put(148, "        ");
    header[156] = type;
    put(157, target);
    put(257, QByteArray("ustar\0" "00", 8));
    unsigned sum = 0;
    for (const char c : header)
        sum += static_cast<unsigned char>(c);
    put(148, QByteArray::number(sum, 8).rightJustified(6, '0') + QByteArray("\0 ", 2));
    return header + content + QByteArray((512 - content.size() % 512) % 512, '\0');
}

inline QByteArray archive(const QList<QByteArray>& members)
{
    return member("./", {}, '5', 0755) + members.join() + QByteArray(1024, '\0');
}
