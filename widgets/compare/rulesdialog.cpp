#include "widgets/compare/rulesdialog.h"

#include "widgets/common/delegates.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QTreeView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::RulesModel;

RulesDialog::RulesDialog(const compare::Rules& rules, QWidget* parent) : QDialog(parent), m_model(rules)
{
    setObjectName(u"rulesDialog"_s);
    setWindowTitle(tr("Noise rules"));
    setAttribute(Qt::WA_DeleteOnClose);
    resize(820, 520);
    auto* layout = new QVBoxLayout(this);
    layout->setSpacing(8);
    auto* words = new QLabel(tr("What a rule takes for noise is not counted as a difference. Nothing is hidden for good: without Only changes it is listed, in grey."), this);
    words->setWordWrap(true);
    layout->addWidget(words);
    m_view = new QTreeView(this);
    m_view->setObjectName(u"rules"_s);
    m_view->setAccessibleName(windowTitle());
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setAllColumnsShowFocus(true);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->setModel(&m_model);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked | QAbstractItemView::SelectedClicked);
    const QFontMetrics header(m_view->header()->font());
    const int widths[] = {330, 130, 150, 150};
    for (int column = 0; column < RulesModel::ColumnCount; ++column)
        m_view->setColumnWidth(column, std::max(widths[column], header.horizontalAdvance(m_model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString()) + 24));
    layout->addWidget(m_view, 1);
    auto* row = new QHBoxLayout;
    row->setSpacing(8);
    m_add = makeButton(tr("Add rule"), u"plus"_s, ButtonKind::Plain, this);
    m_add->setObjectName(u"addRule"_s);
    m_add->setToolTip(tr("A rule of your own, switched off until you have said what it is about"));
    m_remove = makeButton(tr("Remove"), u"trash"_s, ButtonKind::Plain, this);
    m_remove->setObjectName(u"removeRule"_s);
    m_remove->setToolTip(tr("Removes your own rule; built-in ones can only be switched off"));
    auto* standard = makeButton(tr("Restore built-in rules"), {}, ButtonKind::Plain, this);
    standard->setObjectName(u"standardRules"_s);
    standard->setToolTip(tr("Switches them as they came; your own rules stay"));
    auto* cancel = makeButton(tr("Cancel"), {}, ButtonKind::Plain, this);
    auto* apply = makeButton(tr("Apply"), {}, ButtonKind::Primary, this);
    apply->setObjectName(u"applyRules"_s);
    apply->setToolTip(tr("Compares again with these rules, and keeps them"));
    row->addWidget(m_add);
    row->addWidget(m_remove);
    row->addWidget(standard);
    row->addStretch(1);
    row->addWidget(cancel);
    row->addWidget(apply);
    layout->addLayout(row);
    connect(m_add, &QPushButton::clicked, this, &RulesDialog::add);
    connect(m_remove, &QPushButton::clicked, this, &RulesDialog::remove);
    connect(standard, &QPushButton::clicked, &m_model, &RulesModel::restoreStandard);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(apply, &QPushButton::clicked, this, [this] {
        // An editor that is still open has its say first.
        m_view->setFocus();
        Q_EMIT chosen(m_model.complete());
        accept();
    });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentRowChanged, this, &RulesDialog::update);
    m_view->setCurrentIndex(m_model.index(0, 0));
    m_view->setFocus();
    update();
}

void RulesDialog::add()
{
    const int row = m_model.add();
    m_add->setEnabled(row >= 0);
    if (row < 0)
        return;
    const QModelIndex title = m_model.index(row, RulesModel::Title);
    m_view->setFocus();
    m_view->setCurrentIndex(title);
    m_view->scrollTo(title);
    m_view->edit(title);
}

void RulesDialog::remove()
{
    m_model.remove(m_view->currentIndex().row());
    m_add->setEnabled(true);
    update();
}

void RulesDialog::update()
{
    m_remove->setEnabled(m_model.isOwn(m_view->currentIndex().row()));
}

} // namespace scalekeep::widgets
