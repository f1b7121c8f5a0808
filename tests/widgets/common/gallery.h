#pragma once

#include "models/common/roles.h"
#include "widgets/common/delegates.h"
#include "widgets/common/icons.h"
#include "widgets/common/parts.h"
#include "widgets/common/theme.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMainWindow>
#include <QRadioButton>
#include <QSpinBox>
#include <QSplitter>
#include <QStandardItemModel>
#include <QStatusBar>
#include <QTabWidget>
#include <QToolBar>
#include <QTreeView>
#include <QVBoxLayout>

/// All parts in one window, to be looked at and walked through by the tests.
namespace scalekeep::test {

using namespace Qt::Literals::StringLiterals;
namespace role = models::role;

inline QList<QStandardItem*> row(const QStringList& texts, const QString& glyph, const QString& icon = {})
{
    QList<QStandardItem*> items;
    for (const QString& text : texts) {
        auto* item = new QStandardItem(text);
        item->setEditable(false);
        if (!items.isEmpty())
            item->setData(true, role::Dim);
        items << item;
    }
    items.first()->setData(glyph, role::Glyph);
    items.first()->setData(icon, role::Icon);
    return items;
}

/// The steps of a run, as models/run describes them.
inline QStandardItemModel* stepModel(QObject* parent)
{
    auto* model = new QStandardItemModel(parent);
    model->setHorizontalHeaderLabels({u"Step"_s, u"Progress"_s, u"Data"_s, u"Share"_s});
    auto check = row({u"Check"_s, u"Done: 5 of 5 steps"_s, u"271 KiB"_s, {}}, u"proven"_s);
    for (QStandardItem* item : check)
        item->setData(true, role::Strong);
    auto data = row({u"Data"_s, u"59 %"_s, u"2.6 of 4.3 GiB"_s, {}}, u"running"_s);
    data.at(1)->setData(59, role::Percent);
    data.at(3)->setData(0.6, role::Share);
    data.first()->setData(true, role::Strong);
    auto mysql = row({u"system-mysql"_s, u"62 %"_s, u"1.8 of 2.9 GiB"_s, {}}, u"running"_s, u"database"_s);
    mysql.at(1)->setData(62, role::Percent);
    mysql.at(3)->setData(0.35, role::Share);
    auto redis = row({u"backend-redis with a name that is longer than its column"_s, u"command ended with exit code 137"_s, u"446 MiB"_s, {}}, u"failed"_s, u"layers"_s);
    redis.at(1)->setData(u"err"_s, role::Tint);
    redis.at(3)->setData(0.02, role::Share);
    for (QStandardItem* item : redis)
        item->setData(u"err"_s, role::Ground);
    auto storage = row({u"system-storage"_s, u"14 of 15"_s, u"214 MiB"_s, {}}, u"skipped"_s, u"folder"_s);
    storage.at(1)->setData(u"warning"_s, role::Glyph);
    storage.at(1)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    for (auto* rows : {&check, &data, &mysql, &redis, &storage})
        rows->at(2)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    model->appendRow(check);
    data.first()->appendRow(mysql);
    data.first()->appendRow(redis);
    data.first()->appendRow(storage);
    model->appendRow(data);
    int n = 0;
    for (const QString& glyph : {u"waiting"_s, u"warning"_s, u"undone"_s, u"note"_s, u"added"_s, u"removed"_s, u"changed"_s, u"equal"_s})
        model->appendRow(row({widgets::glyphName(widgets::glyphFromName(glyph)), u"row %1"_s.arg(++n), {}, {}}, glyph));
    return model;
}

class Gallery : public QMainWindow {
public:
    Gallery()
    {
        using namespace widgets;
        setWindowTitle(u"Gallery"_s);
        resize(1280, 800);
        auto* modes = new QToolBar(u"Pages"_s, this);
        modes->setProperty("modes", true);
        modes->setMovable(false);
        modes->setToolButtonStyle(Qt::ToolButtonTextUnderIcon);
        for (const auto& [name, text] : {std::pair{u"backup"_s, u"Backup"_s}, {u"bundle"_s, u"Bundles"_s}, {u"restore"_s, u"Restore"_s}, {u"compare"_s, u"Compare"_s}, {u"runs"_s, u"Runs"_s}})
            modes->addAction(icon(name), text)->setCheckable(true);
        modes->actions().first()->setChecked(true);
        addToolBar(Qt::LeftToolBarArea, modes);

        auto* central = new Page(u"gallery"_s);
        auto* all = new QVBoxLayout(central);
        all->setContentsMargins(0, 0, 0, 0);
        all->setSpacing(0);
        head = new PageHead(u"Backup"_s);
        auto* plans = new QComboBox;
        plans->setAccessibleName(u"Plan"_s);
        plans->addItems({u"Before change, prod-eu"_s, u"Nightly"_s});
        head->left()->addWidget(plans);
        head->left()->addWidget(makeButton(u"Save plan"_s, u"save"_s, ButtonKind::Flat));
        auto* chip = new Chip;
        chip->set(u"Production"_s, theme::clusterColour(u"violet"_s));
        head->left()->addWidget(chip);
        head->right()->addWidget(makeButton(u"Undo remove"_s, u"undo"_s, ButtonKind::Flat));
        auto* off = makeButton(u"Export record…"_s, u"export"_s);
        off->setEnabled(false);
        head->right()->addWidget(off);
        all->addWidget(head);
        for (const auto kind : {Banner::Kind::Error, Banner::Kind::Warning, Banner::Kind::Note}) {
            auto* banner = new Banner;
            banner->add(makeButton(u"Copy as text"_s, u"copy"_s));
            banner->show(kind, u"Restore of prod-eu / 3scale failed. Its changes are being undone."_s, u"Step 31 of 45: the helper pod for Redis ran out of memory."_s);
            all->addWidget(banner);
        }
        auto* pad = new QVBoxLayout;
        pad->setContentsMargins(16, 12, 16, 12);
        split = new QSplitter(Qt::Horizontal);
        split->setObjectName(u"split"_s);
        auto* steps = new Panel(u"Steps"_s);
        steps->setTitle(u"Steps"_s, u"step 9 of 24: backend-redis"_s);
        steps->tools()->addWidget(makeToolButton(u"refresh"_s, u"Check again"_s));
        steps->tools()->addWidget(makeToolButton(u"more"_s, u"More"_s));
        tree = new QTreeView;
        tree->setObjectName(u"steps"_s);
        tree->setAccessibleName(u"Steps"_s);
        tree->setModel(stepModel(this));
        tree->setItemDelegate(new RowDelegate(tree));
        tree->setUniformRowHeights(true);
        tree->header()->setSortIndicator(-1, Qt::AscendingOrder);
        tree->setSortingEnabled(true);
        tree->header()->setSortIndicator(-1, Qt::AscendingOrder);
        tree->expandAll();
        tree->setColumnWidth(0, 220);
        tree->setColumnWidth(1, 200);
        tree->setCurrentIndex(tree->model()->index(0, 0, tree->model()->index(1, 0)));
        steps->body()->addWidget(tree);
        split->addWidget(steps);
        auto* right = new QSplitter(Qt::Vertical);
        auto* options = new Panel(u"Destination and options"_s);
        auto* form = new QWidget;
        auto* grid = new QVBoxLayout(form);
        search = new SearchField(u"Filter clusters and objects"_s);
        grid->addWidget(search);
        auto* path = new QHBoxLayout;
        auto* edit = new QLineEdit(u"/srv/backup/3scale"_s);
        edit->setAccessibleName(u"Folder"_s);
        path->addWidget(edit);
        path->addWidget(makeButton(u"Browse…"_s));
        auto* number = new QSpinBox;
        number->setAccessibleName(u"Number"_s);
        path->addWidget(number);
        grid->addLayout(path);
        auto* box = new QCheckBox(u"Compress in the pod where it has gzip"_s);
        box->setChecked(true);
        grid->addWidget(box);
        grid->addWidget(new QCheckBox(u"Stop writers during the backup (about 1:30)"_s));
        auto* partly = new QCheckBox(u"Some of them"_s);
        partly->setCheckState(Qt::PartiallyChecked);
        grid->addWidget(partly);
        auto* radio = new QRadioButton(u"Trust this certificate, for this cluster only"_s);
        radio->setChecked(true);
        grid->addWidget(radio);
        grid->addWidget(new QRadioButton(u"Trust a CA file"_s));
        auto* thin = new ThinProgress;
        thin->setPercent(59);
        grid->addWidget(thin);
        grid->addWidget(new ElidedLabel(u"A sentence that is much longer than the room it has got, so that its end cannot be seen here."_s));
        options->body()->addWidget(form);
        right->addWidget(options);
        tabs = new QTabWidget;
        auto* commands = new Panel(u"Commands"_s);
        commands->tools()->addWidget(makeButton(u"Copy"_s, u"copy"_s, ButtonKind::Flat));
        auto* view = new CommandView;
        view->setPlainText(u"# fresh save: ask, then wait until LASTSAVE moves\noc -n 3scale exec -c backend-redis backend-redis-2-v5kqd -- \\\n    redis-cli LASTSAVE\noc exec -- bash -c 'mysqldump \"$DB\"'\n"_s);
        commands->body()->addWidget(view);
        tabs->addTab(commands, u"Commands"_s);
        emptyView = new QTreeView;
        emptyView->setAccessibleName(u"Clusters"_s);
        emptyView->setHeaderHidden(true);
        emptyModel = new QStandardItemModel(this);
        emptyView->setModel(emptyModel);
        empty = EmptyState::over(emptyView, u"cluster"_s, u"No clusters yet"_s, u"A cluster you add shows its 3scale namespaces here."_s);
        empty->addAction(u"Add cluster…"_s);
        tabs->addTab(emptyView, u"Clusters"_s);
        right->addWidget(tabs);
        right->addWidget(new CommandView);
        split->addWidget(right);
        split->setSizes({620, 580});
        pad->addWidget(split);
        all->addLayout(pad, 1);
        auto* bar = new ActionBar;
        bar->setSummary(u"24 steps. Nothing in the cluster is changed."_s);
        bar->add(makeButton(u"Dry run"_s));
        bar->add(makeButton(u"Restore 3 components"_s, {}, ButtonKind::Danger));
        main = makeButton(u"Start backup"_s, u"play"_s, ButtonKind::Primary);
        bar->add(main);
        all->addWidget(bar);
        setCentralWidget(central);
        page = central;
        auto* state = new QWidget;
        auto* line = new QHBoxLayout(state);
        line->setContentsMargins(8, 0, 0, 0);
        line->addWidget(new GlyphLabel(u"proven"_s, 12));
        line->addWidget(new QLabel(u"2 clusters connected"_s));
        statusBar()->addWidget(state);
        statusBar()->setSizeGripEnabled(false);
    }

    widgets::Page* page = nullptr;
    widgets::PageHead* head = nullptr;
    QSplitter* split = nullptr;
    QTreeView* tree = nullptr;
    QTreeView* emptyView = nullptr;
    QStandardItemModel* emptyModel = nullptr;
    QTabWidget* tabs = nullptr;
    widgets::EmptyState* empty = nullptr;
    widgets::SearchField* search = nullptr;
    QPushButton* main = nullptr;
};

} // namespace scalekeep::test
