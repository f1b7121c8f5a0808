#include "widgets/common/icons.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QAbstractItemView>
#include <QClipboard>
#include <QDialog>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QScrollBar>
#include <QTableView>
#include <QTreeView>
#include <QVBoxLayout>

#include <algorithm>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::widgets::Dialogs)
};

constexpr qsizetype longestSentence = 1000;
constexpr qsizetype longestDetail = 64 * 1024;

QLabel* sentence(const QString& text, QWidget* parent, bool bold = false)
{
    auto* label = new QLabel(text.left(longestSentence), parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    if (bold) {
        QFont font = label->font();
        font.setWeight(QFont::DemiBold);
        label->setFont(font);
    }
    return label;
}

struct Frame {
    QDialog* dialog;
    QVBoxLayout* words;
    QHBoxLayout* buttons;
};

/// Glyph at the left, words beside it, buttons on a bar at the foot.
Frame makeDialog(QWidget* parent, const QString& title, const QString& glyph)
{
    auto* dialog = new QDialog(parent);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowModality(Qt::WindowModal);
    dialog->setWindowTitle(title);
    dialog->setMinimumWidth(440);
    auto* all = new QVBoxLayout(dialog);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(20, 20, 20, 16);
    row->setSpacing(12);
    row->addWidget(new GlyphLabel(glyph, 24, dialog), 0, Qt::AlignTop);
    auto* words = new QVBoxLayout;
    words->setSpacing(8);
    row->addLayout(words, 1);
    all->addLayout(row, 1);
    auto* bar = new ActionBar(dialog);
    all->addWidget(bar);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    static_cast<QHBoxLayout*>(bar->layout())->addLayout(buttons);
    return {dialog, words, buttons};
}

QString cell(const QModelIndex& index)
{
    QString text = index.data(Qt::DisplayRole).toString();
    return text.replace(u'\t', u' ').replace(u'\n', u' ').replace(u'\r', u' ');
}

/// Rows as they stand in the view from top to bottom, including those of open groups.
QModelIndexList rowsOf(const QAbstractItemView* view)
{
    constexpr qsizetype most = 100'000;
    QModelIndexList rows;
    const QAbstractItemModel* model = view->model();
    if (const auto* tree = qobject_cast<const QTreeView*>(view)) {
        for (QModelIndex at = model->index(0, 0, tree->rootIndex()); at.isValid() && rows.size() < most; at = tree->indexBelow(at))
            rows << at.siblingAtColumn(0);
        return rows;
    }
    const auto* table = qobject_cast<const QTableView*>(view);
    for (int row = 0; row < model->rowCount(view->rootIndex()) && rows.size() < most; ++row) {
        if (!table || !table->isRowHidden(row))
            rows << model->index(row, 0, view->rootIndex());
    }
    return rows;
}

QList<int> columnsOf(const QAbstractItemView* view)
{
    const QHeaderView* header = nullptr;
    if (const auto* tree = qobject_cast<const QTreeView*>(view))
        header = tree->header();
    else if (const auto* table = qobject_cast<const QTableView*>(view))
        header = table->horizontalHeader();
    QList<int> columns;
    const int count = view->model()->columnCount(view->rootIndex());
    for (int visual = 0; visual < count; ++visual) {
        const int logical = header && header->count() == count ? header->logicalIndex(visual) : visual;
        if (!header || !header->isSectionHidden(logical))
            columns << logical;
    }
    return columns;
}

} // namespace

QString errorText(const Error& error)
{
    QStringList parts;
    for (const QString& part : {error.message, error.hint, error.detail}) {
        if (!part.trimmed().isEmpty())
            parts << part.trimmed();
    }
    return parts.join(u"\n\n"_s);
}

void showError(QWidget* parent, const QString& doing, const Error& error)
{
    const Frame frame = makeDialog(parent, doing.left(120), u"failed"_s);
    QDialog* dialog = frame.dialog;
    dialog->setObjectName(u"error"_s);
    frame.words->addWidget(sentence(error.message.isEmpty() ? Texts::tr("This did not work, and no reason was given.") : error.message, dialog, true));
    if (!error.hint.isEmpty())
        frame.words->addWidget(sentence(error.hint, dialog));
    if (!error.detail.isEmpty()) {
        auto* more = new QToolButton(dialog);
        more->setObjectName(u"details"_s);
        more->setText(Texts::tr("Details"));
        more->setToolTip(Texts::tr("What the other program said, in its own words"));
        more->setIcon(icon(u"chevron-right"_s));
        more->setCheckable(true);
        more->setProperty("quiet", true);
        more->setAutoRaise(true);
        more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
        auto* box = new QPlainTextEdit(dialog);
        box->setObjectName(u"detail"_s);
        box->setAccessibleName(Texts::tr("Details"));
        box->setReadOnly(true);
        box->setTabChangesFocus(true);
        box->setFont(theme::fixedFont());
        box->setPlainText(error.detail.left(longestDetail));
        box->setMinimumHeight(QFontMetrics(box->font()).lineSpacing() * 7);
        box->hide();
        QObject::connect(more, &QToolButton::toggled, box, [more, box, dialog](bool open) {
            more->setIcon(icon(open ? u"chevron-down"_s : u"chevron-right"_s));
            box->setVisible(open);
            dialog->layout()->activate();
            dialog->resize(std::max(dialog->width(), open ? 560 : 0), open ? dialog->sizeHint().height() : dialog->minimumSizeHint().height());
        });
        frame.words->addWidget(more, 0, Qt::AlignLeft);
        frame.words->addWidget(box, 1);
    }
    frame.words->addStretch(0);
    auto* copy = makeButton(Texts::tr("Copy as text"), u"copy"_s, ButtonKind::Plain, dialog);
    copy->setObjectName(u"copy"_s);
    QObject::connect(copy, &QPushButton::clicked, dialog, [doing, error] { QGuiApplication::clipboard()->setText(doing + u"\n\n"_s + errorText(error) + u'\n'); });
    auto* close = makeButton(Texts::tr("Close"), {}, ButtonKind::Primary, dialog);
    close->setObjectName(u"close"_s);
    close->setDefault(true);
    QObject::connect(close, &QPushButton::clicked, dialog, &QDialog::reject);
    frame.buttons->addWidget(copy);
    frame.buttons->addWidget(close);
    close->setFocus();
    dialog->open();
}

void ask(QWidget* parent, const QString& title, const QString& text, const QString& verb, ButtonKind kind, std::function<void()> yes, const QString& no)
{
    const Frame frame = makeDialog(parent, title.left(120), kind == ButtonKind::Danger ? u"warning"_s : u"note"_s);
    QDialog* dialog = frame.dialog;
    dialog->setObjectName(u"question"_s);
    frame.words->addWidget(sentence(title, dialog, true));
    if (!text.isEmpty())
        frame.words->addWidget(sentence(text, dialog));
    frame.words->addStretch(1);
    auto* cancel = makeButton(no.isEmpty() ? Texts::tr("Cancel") : no, {}, ButtonKind::Plain, dialog);
    cancel->setObjectName(u"cancel"_s);
    auto* act = makeButton(verb, {}, kind, dialog);
    act->setObjectName(u"verb"_s);
    QObject::connect(cancel, &QPushButton::clicked, dialog, &QDialog::reject);
    QObject::connect(act, &QPushButton::clicked, dialog, &QDialog::accept);
    QObject::connect(dialog, &QDialog::accepted, dialog, [yes = std::move(yes)] {
        if (yes)
            yes();
    });
    frame.buttons->addWidget(cancel);
    frame.buttons->addWidget(act);
    // Enter must not overwrite data.
    QPushButton* main = kind == ButtonKind::Danger ? cancel : act;
    main->setDefault(true);
    main->setFocus();
    dialog->open();
}

void copyRows(QAbstractItemView* view)
{
    if (!view || !view->model())
        return;
    const QItemSelectionModel* selection = view->selectionModel();
    const QModelIndexList all = rowsOf(view);
    const bool some = selection && selection->hasSelection();
    const QList<int> columns = columnsOf(view);
    QStringList lines;
    QStringList titles;
    for (const int column : columns)
        titles << view->model()->headerData(column, Qt::Horizontal).toString().replace(u'\t', u' ').replace(u'\n', u' ');
    if (columns.size() > 1 && std::any_of(titles.cbegin(), titles.cend(), [](const QString& title) { return !title.isEmpty(); }))
        lines << titles.join(u'\t');
    for (const QModelIndex& row : all) {
        const bool chosen = std::any_of(columns.cbegin(), columns.cend(), [&](int column) { return selection && selection->isSelected(row.siblingAtColumn(column)); });
        if (some && !chosen)
            continue;
        QStringList cells;
        for (const int column : columns)
            cells << cell(row.siblingAtColumn(column));
        lines << cells.join(u'\t');
    }
    QGuiApplication::clipboard()->setText(lines.join(u'\n') + u'\n');
}

} // namespace scalekeep::widgets
