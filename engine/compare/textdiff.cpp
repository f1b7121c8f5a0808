#include "engine/compare/textdiff.h"

#include "engine/compare/secretnames.h"

#include <QHash>

#include <algorithm>

namespace scalekeep::compare {

namespace {
using Ids = std::vector<int>;

/// How to get from a to b: kept, removed and added lines, in order.
enum class Edit : char { Keep, Remove, Add };

// The middle part, whose first and last lines differ. Forward search; the furthest points of each step are kept for the way back.
bool myers(const int* a, int n, const int* b, int m, std::vector<Edit>& edits)
{
    const int most = std::min(n + m, MaxEdits);
    std::vector<std::vector<int>> trace;
    std::vector<int> furthest(static_cast<size_t>(2 * most + 3), 0);
    const auto at = [most](int diagonal) { return static_cast<size_t>(diagonal + most + 1); };
    for (int d = 0; d <= most; ++d) {
        for (int k = -d; k <= d; k += 2) {
            const bool down = k == -d || (k != d && furthest[at(k - 1)] < furthest[at(k + 1)]);
            int x = down ? furthest[at(k + 1)] : furthest[at(k - 1)] + 1;
            int y = x - k;
            while (x < n && y < m && a[x] == b[y]) {
                ++x;
                ++y;
            }
            furthest[at(k)] = x;
            if (x < n || y < m)
                continue;
            // The way back.
            std::vector<Edit> reversed;
            x = n;
            y = m;
            for (int step = d; step > 0; --step) {
                const std::vector<int>& before = trace[static_cast<size_t>(step - 1)]; // of diagonals -(step-1) ... step-1
                const auto reached = [&before, step](int diagonal) { return std::abs(diagonal) > step - 1 ? -1 : before[static_cast<size_t>(diagonal + step - 1)]; };
                const int diagonal = x - y;
                const bool added = diagonal == -step || (diagonal != step && reached(diagonal - 1) < reached(diagonal + 1));
                const int fromX = reached(added ? diagonal + 1 : diagonal - 1);
                const int fromY = fromX - (added ? diagonal + 1 : diagonal - 1);
                while (x > fromX + (added ? 0 : 1) && y > fromY + (added ? 1 : 0)) {
                    reversed.push_back(Edit::Keep);
                    --x;
                    --y;
                }
                reversed.push_back(added ? Edit::Add : Edit::Remove);
                x = fromX;
                y = fromY;
            }
            reversed.insert(reversed.end(), static_cast<size_t>(x), Edit::Keep);
            edits.insert(edits.end(), reversed.rbegin(), reversed.rend());
            return true;
        }
        trace.emplace_back(furthest.begin() + static_cast<std::ptrdiff_t>(at(-d)), furthest.begin() + static_cast<std::ptrdiff_t>(at(d)) + 1);
    }
    return false;
}

std::vector<Edit> editsOf(const QStringList& a, const QStringList& b)
{
    QHash<QString, int> ids;
    const auto idsOf = [&ids](const QStringList& lines) {
        Ids list;
        for (const QString& line : lines) {
            const int next = static_cast<int>(ids.size());
            int& id = ids[line];
            id = id == 0 && ids.size() > next ? next + 1 : id; // from 1 on: 0 is new
            list.push_back(id);
        }
        return list;
    };
    const Ids left = idsOf(a), right = idsOf(b);
    size_t head = 0, tail = 0;
    while (head < left.size() && head < right.size() && left[head] == right[head])
        ++head;
    while (tail < left.size() - head && tail < right.size() - head && left[left.size() - 1 - tail] == right[right.size() - 1 - tail])
        ++tail;
    std::vector<Edit> edits(head, Edit::Keep);
    const auto n = static_cast<int>(left.size() - head - tail), m = static_cast<int>(right.size() - head - tail);
    if (!myers(left.data() + head, n, right.data() + head, m, edits)) {
        edits.insert(edits.end(), static_cast<size_t>(n), Edit::Remove);
        edits.insert(edits.end(), static_cast<size_t>(m), Edit::Add);
    }
    edits.insert(edits.end(), tail, Edit::Keep);
    return edits;
}

bool isWordCharacter(QChar c)
{
    return c.isLetterOrNumber() || c == u'_' || c == u'"' || c == u'\'' || c.isSurrogate() || c == Mask.front();
}

LinePair changedPair(const QString& a, const QString& b, int numberA, int numberB)
{
    LinePair pair{.state = State::Changed, .numberA = numberA, .numberB = numberB, .a = a, .b = b, .changedA = {}, .changedB = {}};
    const auto [left, right] = changedRanges(a, b);
    if (left.length > 0)
        pair.changedA = {left};
    if (right.length > 0)
        pair.changedB = {right};
    return pair;
}
} // namespace

std::pair<Range, Range> changedRanges(const QString& a, const QString& b)
{
    if (a == b) { // what differs is masked
        const auto at = static_cast<int>(a.indexOf(Mask));
        const Range range = at < 0 ? Range{0, static_cast<int>(a.size())} : Range{at, static_cast<int>(Mask.size())};
        return {range, range};
    }
    const qsizetype shorter = std::min(a.size(), b.size());
    qsizetype head = 0, tail = 0;
    while (head < shorter && a[head] == b[head])
        ++head;
    while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail])
        ++tail;
    while (head > 0 && isWordCharacter(a[head - 1]) && ((head < a.size() && isWordCharacter(a[head])) || (head < b.size() && isWordCharacter(b[head]))))
        --head;
    while (tail > 0 && isWordCharacter(a[a.size() - tail]) &&
           ((tail < a.size() - head && isWordCharacter(a[a.size() - tail - 1])) || (tail < b.size() - head && isWordCharacter(b[b.size() - tail - 1]))))
        --tail;
    return {{static_cast<int>(head), static_cast<int>(a.size() - tail - head)}, {static_cast<int>(head), static_cast<int>(b.size() - tail - head)}};
}

TextDetail diffLines(const QStringList& a, const QStringList& b, const QStringList& shownA, const QStringList& shownB, const Limits& limits)
{
    TextDetail detail;
    detail.language = QStringLiteral("text");
    detail.linesA = a.size();
    detail.linesB = b.size();
    const std::vector<Edit> edits = editsOf(a, b);

    // Removed lines and the added ones behind them stand side by side.
    std::vector<LinePair> pairs;
    int x = 0, y = 0;
    for (size_t i = 0; i < edits.size();) {
        if (edits[i] == Edit::Keep) {
            pairs.push_back({State::Equal, x + 1, y + 1, shownA[x], shownB[y], {}, {}});
            ++x;
            ++y;
            ++i;
            continue;
        }
        int removed = 0, added = 0;
        for (; i < edits.size() && edits[i] != Edit::Keep; ++i)
            (edits[i] == Edit::Remove ? removed : added) += 1;
        for (int line = 0; line < std::max(removed, added); ++line) {
            if (line < removed && line < added) {
                pairs.push_back(changedPair(shownA[x + line], shownB[y + line], x + line + 1, y + line + 1));
                ++detail.counts.changed;
            } else if (line < removed) {
                pairs.push_back({State::Removed, x + line + 1, 0, shownA[x + line], {}, {}, {}});
                ++detail.counts.removed;
            } else {
                pairs.push_back({State::Added, 0, y + line + 1, {}, shownB[y + line], {}, {}});
                ++detail.counts.added;
            }
        }
        x += removed;
        y += added;
    }

    qsizetype shown = 0;
    size_t last = 0; // behind the last line that is shown
    for (size_t i = 0; i < pairs.size(); ++i) {
        if (pairs[i].state == State::Equal)
            continue;
        if (shown >= limits.lines) {
            detail.isWhole = false;
            break;
        }
        const size_t context = static_cast<size_t>(std::max(limits.context, 0));
        const size_t from = std::max(last, i < context ? 0 : i - context);
        if (detail.hunks.isEmpty() || from > last)
            detail.hunks.append(Hunk());
        size_t to = i + 1;
        while (to < pairs.size() && pairs[to].state != State::Equal && shown + static_cast<qsizetype>(to - from) < limits.lines)
            ++to;
        // Context behind, unless the next change begins there: it brings its own.
        size_t behind = to;
        while (behind < pairs.size() && behind < to + context && pairs[behind].state == State::Equal)
            ++behind;
        for (size_t line = from; line < behind; ++line)
            detail.hunks.last().lines.append(pairs[line]);
        shown += static_cast<qsizetype>(behind - from);
        last = behind;
        i = behind - 1;
    }
    return detail;
}

TextDetail diffTexts(const QString& a, const QString& b, const Limits& limits)
{
    // The last line break ends the last line. It goes before the text is masked, so that there are as many lines afterwards.
    const auto ended = [](const QString& text) { return text.endsWith(u'\n') ? text.chopped(1) : text; };
    const auto lines = [&ended](const QString& text) { return text.isEmpty() ? QStringList() : ended(text).split(u'\n'); };
    const auto shown = [&ended, &limits](const QString& text) {
        QStringList list = text.isEmpty() ? QStringList() : maskedText(ended(text)).split(u'\n');
        // A line at a time, or a value of several lines would take line breaks with it.
        if (limits.redactor) {
            for (QString& line : list)
                line = limits.redactor->redact(line);
        }
        for (QString& line : list) {
            if (line.size() > 4 * MaxCell)
                line = line.left(4 * MaxCell - 1) + QChar(0x2026);
        }
        return list;
    };
    return diffLines(lines(a), lines(b), shown(a), shown(b), limits);
}

} // namespace scalekeep::compare
