#include "models/compare/comparedetail.h"

#include "models/common/format.h"
#include "models/compare/comparetree.h"

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using compare::Node;

CompareDetail::CompareDetail(CompareSession& session, QObject* parent) : QObject(parent), m_session(session)
{
    m_timer.setInterval(250);
    connect(&m_timer, &QTimer::timeout, this, &CompareDetail::progressed);
    // Who walks through the tree by key does not want to read every table on the way.
    m_delay.setSingleShot(true);
    m_delay.setInterval(120);
    connect(&m_delay, &QTimer::timeout, this, &CompareDetail::open);
    connect(&session, &CompareSession::comparisonChanged, this, &CompareDetail::look);
}

void CompareDetail::show(const QString& path)
{
    if (path == m_wanted)
        return;
    m_wanted = path;
    look();
}

void CompareDetail::take(const CompareDetail& other)
{
    m_wanted = other.m_wanted;
    look();
}

void CompareDetail::look()
{
    const compare::Comparison* comparison = m_session.comparison().get();
    const Node* node = comparison && !m_wanted.isEmpty() ? comparison->find(m_wanted) : nullptr;
    // While the sides are read again the node is kept in mind.
    if (!node) {
        m_path.clear();
        m_title.clear();
        set(State::Nothing);
        return;
    }
    for (const Node* above = node; above; above = above->parent) {
        if (above->detail != Node::Detail::None) {
            node = above;
            break;
        }
    }
    m_path = node->path;
    describe(*node);
    if (node->detail == Node::Detail::None || node->state == compare::State::Equal) {
        set(State::Plain);
        return;
    }
    const qint64 cost = m_session.cost(m_path);
    if (cost < 0 || cost > AtOnce) {
        set(State::Waiting);
        return;
    }
    set(State::Working);
    m_delay.start();
}

void CompareDetail::describe(const Node& node)
{
    m_title = titleOf(node);
    m_subtitle = amountsOf(node);
    m_nodeNotes.clear();
    for (const QString& note : node.notes.mid(0, 20))
        m_nodeNotes.append(note.left(300));
}

void CompareDetail::set(State state, const std::optional<Error>& error)
{
    ++m_generation;
    m_opening.reset();
    m_delay.stop();
    m_timer.stop();
    m_state = state;
    m_error = error;
    if (state != State::Done)
        m_sides.setDetail(nullptr);
    Q_EMIT changed();
}

void CompareDetail::open()
{
    if (m_path.isEmpty() || (m_state == State::Working && m_opening))
        return;
    set(State::Working);
    m_timer.start();
    m_opening = m_session.open(m_path, this, [this, generation = m_generation](const auto& detail) { opened(generation, detail); });
}

void CompareDetail::cancel()
{
    if (m_state == State::Working)
        set(State::Waiting);
}

void CompareDetail::opened(quint64 generation, const Result<std::shared_ptr<const compare::Detail>>& detail)
{
    if (generation != m_generation)
        return;
    if (!detail) {
        set(State::Failed, detail.error());
        return;
    }
    const compare::RowDetail& rows = (*detail)->rows;
    if ((*detail)->kind == Node::Detail::Rows) {
        QStringList key;
        for (const int column : rows.keyColumns)
            key.append(rows.columns.value(column).left(100));
        m_subtitle = key.isEmpty() ? tr("%1 rows in A, %2 in B; no key").arg(formatCount(rows.rowsA), formatCount(rows.rowsB)) : tr("%1 rows in A, %2 in B; key: %3").arg(formatCount(rows.rowsA), formatCount(rows.rowsB), key.join(u", "_s));
    } else if ((*detail)->kind == Node::Detail::Text) {
        const qint64 lines = std::max((*detail)->text.linesA, (*detail)->text.linesB);
        if (lines > 0)
            m_subtitle = tr("%1 of %2 lines differ").arg(formatCount((*detail)->text.counts.sum()), formatCount(lines));
    } else if ((*detail)->kind == Node::Detail::Secret) {
        m_subtitle = tr("Values are compared, never shown");
    }
    m_sides.setDetail(*detail);
    set(State::Done);
}

int CompareDetail::percent() const
{
    return m_opening && m_opening->total > 0 ? int(std::clamp<qint64>(m_opening->done * 100 / m_opening->total, 0, 100)) : -1;
}

QString CompareDetail::cost() const
{
    const qint64 bytes = m_session.cost(m_path);
    return bytes < 0 ? tr("It has to be read from the namespace once more.") : tr("%1 have to be read.").arg(formatBytes(bytes));
}

QString CompareDetail::foot() const
{
    const compare::Detail* detail = m_sides.detail().get();
    if (m_state != State::Done || !detail)
        return {};
    const auto counted = [](const QString& what, const compare::Counts& counts) {
        QStringList parts;
        if (counts.added > 0)
            parts.append(tr("%1 added").arg(formatCount(counts.added)));
        if (counts.removed > 0)
            parts.append(tr("%1 removed").arg(formatCount(counts.removed)));
        if (counts.changed > 0)
            parts.append(tr("%1 changed").arg(formatCount(counts.changed)));
        return parts.isEmpty() ? what + u'.' : tr("%1: %2.").arg(what, parts.join(u", "_s));
    };
    QString text;
    switch (detail->kind) {
    case Node::Detail::Rows: text = counted(tr("%n differing rows", nullptr, int(detail->rows.counts.sum())), detail->rows.counts); break;
    case Node::Detail::Keys: text = counted(tr("%n differing keys", nullptr, int(detail->rows.counts.sum())), detail->rows.counts); break;
    case Node::Detail::Text: text = counted(tr("%n differing lines", nullptr, int(detail->text.counts.sum())), detail->text.counts); break;
    case Node::Detail::Secret: {
        const auto differing = std::count_if(detail->secret.keys.begin(), detail->secret.keys.end(), [](const auto& key) { return key.state != compare::State::Equal; });
        text = tr("%1 of %2 keys differ.").arg(differing).arg(detail->secret.keys.size());
        break;
    }
    case Node::Detail::None: break;
    }
    if (detail->kind == Node::Detail::Rows || detail->kind == Node::Detail::Keys) {
        if (!detail->rows.isWhole)
            text += u' ' + tr("The first %1 are shown.").arg(formatCount(detail->rows.rows.size()));
    } else if (detail->kind == Node::Detail::Text && !detail->text.isWhole) {
        text += u' ' + tr("Not all lines are shown.");
    }
    return text;
}

QStringList CompareDetail::notes() const
{
    QStringList notes = m_nodeNotes;
    if (const compare::Detail* detail = m_sides.detail().get())
        notes += detail->kind == Node::Detail::Text ? detail->text.notes : detail->rows.notes;
    notes.removeDuplicates();
    return notes;
}

} // namespace scalekeep::models
