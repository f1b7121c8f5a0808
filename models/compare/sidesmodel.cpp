#include "models/compare/sidesmodel.h"

#include "models/compare/comparetree.h"

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;
using compare::Node;

namespace {
constexpr int gap = -1;
constexpr qsizetype fewColumns = 4;

/// One fixed number of bullets: the length of a secret does not show.
const QString bullets(8, u'•');

bool isFigure(const QString& text)
{
    bool number = false;
    (void)text.toDouble(&number);
    return number;
}
} // namespace

SidesModel::SidesModel(QObject* parent) : QAbstractTableModel(parent) {}

void SidesModel::setDetail(const std::shared_ptr<const compare::Detail>& detail)
{
    if (detail == m_detail)
        return;
    beginResetModel();
    m_detail = detail;
    m_titles.clear();
    m_figures.clear();
    m_telling.clear();
    m_widest.clear();
    m_rows.clear();
    if (m_detail)
        fill();
    endResetModel();
}

bool SidesModel::isText() const
{
    return m_detail && m_detail->kind == Node::Detail::Text;
}

void SidesModel::fill()
{
    switch (m_detail->kind) {
    case Node::Detail::Rows:
    case Node::Detail::Keys: fillRows(m_detail->rows); break;
    case Node::Detail::Text: fillText(m_detail->text); break;
    case Node::Detail::Secret: fillSecret(m_detail->secret); break;
    case Node::Detail::None: break;
    }
    measure();
}

void SidesModel::fillRows(const compare::RowDetail& rows)
{
    m_titles = rows.columns;
    const auto cells = [this](const QList<compare::Cell>& side) {
        QList<Cell> made;
        for (qsizetype i = 0; i < m_titles.size(); ++i) {
            const compare::Cell cell = side.value(i);
            made.append({cell.masked ? bullets : cell.null ? u"NULL"_s : cell.text, cell.null || cell.masked, cell.changed, {}});
        }
        return made;
    };
    m_rows.reserve(size_t(rows.rows.size()));
    for (const compare::RowPair& pair : rows.rows) {
        Row row{.state = int(pair.state)};
        row.missing[0] = pair.a.isEmpty();
        row.missing[1] = pair.b.isEmpty();
        row.cells[0] = cells(pair.a);
        row.cells[1] = cells(pair.b);
        m_rows.push_back(std::move(row));
    }
    QSet<int> telling(rows.keyColumns.begin(), rows.keyColumns.end());
    for (const Row& row : m_rows) {
        for (qsizetype i = 0; i < m_titles.size(); ++i) {
            if (row.cells[0].at(i).changed || row.cells[1].at(i).changed)
                telling.insert(int(i));
        }
    }
    // What people know a row by.
    static const QStringList names{u"name"_s, u"org_name"_s, u"title"_s, u"system_name"_s, u"username"_s};
    for (const QString& name : names) {
        if (const qsizetype column = m_titles.indexOf(name); column >= 0) {
            telling.insert(int(column));
            break;
        }
    }
    for (int i = 0; i < int(m_titles.size()) && telling.size() < fewColumns; ++i)
        telling.insert(i);
    m_telling = QList<int>(telling.begin(), telling.end());
    std::sort(m_telling.begin(), m_telling.end());
}

void SidesModel::fillText(const compare::TextDetail& text)
{
    m_titles = {QString(), QString()}; // number and line speak for themselves
    int seen = 0;
    for (const compare::Hunk& hunk : text.hunks) {
        if (!hunk.lines.isEmpty()) {
            const compare::LinePair& first = hunk.lines.first();
            const int left = std::max(first.numberA, first.numberB) - seen - 1;
            if (left > 0) {
                Row row{.state = gap};
                const QString words = tr("%n equal lines", nullptr, left);
                row.cells[0] = row.cells[1] = {Cell{}, Cell{words, true, false, {}}};
                m_rows.push_back(std::move(row));
            }
            seen = std::max(hunk.lines.last().numberA, hunk.lines.last().numberB);
        }
        for (const compare::LinePair& pair : hunk.lines) {
            Row row{.state = int(pair.state)};
            row.missing[0] = pair.numberA == 0;
            row.missing[1] = pair.numberB == 0;
            const bool changed = pair.state == compare::State::Changed;
            row.cells[0] = {Cell{pair.numberA == 0 ? QString() : QString::number(pair.numberA), true, false, {}}, Cell{pair.a, false, changed, pair.changedA}};
            row.cells[1] = {Cell{pair.numberB == 0 ? QString() : QString::number(pair.numberB), true, false, {}}, Cell{pair.b, false, changed, pair.changedB}};
            m_rows.push_back(std::move(row));
        }
    }
    m_telling = {0, 1};
}

void SidesModel::fillSecret(const compare::SecretDetail& secret)
{
    m_titles = {tr("Key"), tr("Value")};
    for (const compare::SecretDetail::Key& key : secret.keys) {
        Row row{.state = int(key.state)};
        row.missing[0] = key.state == compare::State::Added;
        row.missing[1] = key.state == compare::State::Removed;
        const QList<Cell> cells{{key.name, false, false, {}}, {bullets, true, key.state == compare::State::Changed, {}}};
        row.cells[0] = row.cells[1] = cells;
        m_rows.push_back(std::move(row));
    }
    m_telling = {0, 1};
}

void SidesModel::measure()
{
    for (qsizetype column = 0; column < m_titles.size(); ++column) {
        QString widest;
        bool figures = !m_rows.empty(), some = false;
        for (const Row& row : m_rows) {
            for (const int side : {0, 1}) {
                if (row.missing[side] || row.state == gap)
                    continue;
                const Cell& cell = row.cells[side].at(column);
                if (cell.text.size() > widest.size())
                    widest = cell.text;
                if (!cell.dim || isText()) {
                    some = true;
                    figures = figures && isFigure(cell.text);
                }
            }
        }
        m_widest.append(widest);
        m_figures.append(figures && some);
    }
    if (isText()) {
        m_figures = {true, false};
    }
}

int SidesModel::nextDifference(int row, bool forward) const
{
    for (int at = row + (forward ? 1 : -1); at >= 0 && at < rowCount(); at += forward ? 1 : -1) {
        const int state = m_rows[size_t(at)].state;
        // In a text a changed passage counts once.
        const int before = at > 0 ? m_rows[size_t(at - 1)].state : gap;
        const bool equal = state == gap || state == int(compare::State::Equal);
        if (!equal && (!isText() || before == gap || before == int(compare::State::Equal)))
            return at;
    }
    return -1;
}

int SidesModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

int SidesModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() || !m_detail || m_titles.isEmpty() ? 0 : 2 * sideColumns() + 1;
}

QVariant SidesModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= columnCount())
        return {};
    const bool state = section == stateColumn();
    const int column = section > stateColumn() ? section - stateColumn() - 1 : section;
    if (role == Qt::TextAlignmentRole)
        return int(state ? Qt::AlignCenter : m_figures.at(column) ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    if (role == Qt::DisplayRole)
        return state ? u"A|B"_s : m_titles.at(column);
    if (role == Qt::ToolTipRole)
        return state ? tr("What differs between A, at the left, and B, at the right") : section < stateColumn() ? tr("%1 in A").arg(m_titles.at(column)) : tr("%1 in B").arg(m_titles.at(column));
    return {};
}

QVariant SidesModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= rowCount() || index.column() >= columnCount())
        return {};
    const Row& row = m_rows[size_t(index.row())];
    const bool equal = row.state == gap || row.state == int(compare::State::Equal);
    if (role == State)
        return row.state;
    if (index.column() == stateColumn()) {
        const QString glyph = equal ? QString() : glyphOf(compare::State(row.state));
        if (role == role::Glyph && !glyph.isEmpty())
            return glyph;
        // The glyph stands alone in its column; copied as text it is a sign.
        if (role == Qt::AccessibleTextRole || role == Qt::ToolTipRole) {
            switch (row.state) {
            case int(compare::State::Changed): return tr("Changed");
            case int(compare::State::Added): return tr("Only in B");
            case int(compare::State::Removed): return tr("Only in A");
            default: return role == Qt::AccessibleTextRole ? tr("Equal") : QVariant();
            }
        }
        return role == Qt::TextAlignmentRole ? QVariant(int(Qt::AlignCenter)) : QVariant();
    }
    const int side = index.column() > stateColumn() ? 1 : 0;
    const int column = side == 1 ? index.column() - stateColumn() - 1 : index.column();
    const Cell& cell = row.cells[side].at(column);
    switch (role) {
    case Qt::DisplayRole: return row.missing[side] ? QString() : cell.text;
    case Qt::AccessibleTextRole: return row.missing[side] ? tr("Not there") : cell.changed ? tr("%1, differs").arg(cell.text) : cell.text;
    case Qt::TextAlignmentRole: return int(m_figures.at(column) ? Qt::AlignRight | Qt::AlignVCenter : Qt::AlignLeft | Qt::AlignVCenter);
    case role::Dim: return cell.dim;
    case Missing: return row.missing[side];
    case CellChanged: return cell.changed && !row.missing[side];
    case Marks: return QVariant::fromValue(cell.marks);
    default: return {};
    }
}

} // namespace scalekeep::models
