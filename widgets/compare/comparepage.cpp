#include "widgets/compare/comparepage.h"

#include "models/common/format.h"
#include "widgets/common/theme.h"
#include "widgets/compare/detailpane.h"
#include "widgets/compare/growthpanel.h"
#include "widgets/compare/sidebox.h"
#include "widgets/compare/sidebyside.h"

#include <QComboBox>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QSettings>
#include <QSplitter>
#include <QStackedWidget>
#include <QTreeView>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::CompareSession;
using models::CompareSide;
using models::formatCount;

namespace {
constexpr int narrowWindow = 1180;
constexpr int fewRows = 14; ///< of a component that is opened by itself
constexpr size_t openedAtMost = 2000; ///< rows that are found
} // namespace

ComparePage::ComparePage(models::ClusterHub& hub, models::BundleLibrary& library, QWidget* parent)
    : Page(u"compare"_s, parent), m_hub(hub), m_library(library), m_session(hub, library), m_rows(&m_tree), m_detail(m_session), m_pinnedDetail(m_session), m_growth(library)
{
    setAcceptDrops(true);
    auto* all = new QVBoxLayout(this);
    all->setContentsMargins(0, 0, 0, 0);
    all->setSpacing(0);
    all->addWidget(makeHead());
    all->addWidget(makeFilterBar());
    m_notice = new Banner(this);
    auto* dismiss = makeToolButton(u"close"_s, tr("Dismiss"), m_notice);
    m_notice->add(dismiss);
    connect(dismiss, &QToolButton::clicked, m_notice, &QWidget::hide);
    all->addWidget(m_notice);

    auto* body = new QWidget(this);
    auto* padded = new QVBoxLayout(body);
    padded->setContentsMargins(16, 12, 16, 12);
    m_rowsSplit = new QSplitter(Qt::Vertical, body);
    m_rowsSplit->setObjectName(u"rows"_s);
    m_stack = new QStackedWidget(m_rowsSplit);
    m_stack->addWidget(makeMessage());
    m_columns = new QSplitter(Qt::Horizontal, m_stack);
    m_columns->setObjectName(u"columns"_s);
    m_columns->addWidget(makeTree());
    m_details = new QSplitter(Qt::Vertical, m_columns);
    m_details->setObjectName(u"details"_s);
    m_pane = new DetailPane(m_detail, false, m_details);
    m_pinned = new DetailPane(m_pinnedDetail, true, m_details);
    m_pinned->hide();
    m_pane->setNothing(tr("Nothing selected"), tr("Select a table, a file or an object to see what differs in it."));
    m_pinned->setNothing(tr("Not there any more"), tr("What was pinned here is not part of this comparison."));
    m_stack->addWidget(m_columns);
    m_growthPanel = new GrowthPanel(m_growth, m_rowsSplit);
    m_growthPanel->hide();
    for (QSplitter* each : {m_rowsSplit, m_columns, m_details}) {
        each->setHandleWidth(12);
        each->setChildrenCollapsible(false);
    }
    m_columns->setStretchFactor(1, 1);
    m_columns->setSizes({450, 720});
    m_details->setSizes({300, 300});
    m_rowsSplit->setStretchFactor(0, 1);
    m_rowsSplit->setSizes({480, 180});
    padded->addWidget(m_rowsSplit);
    all->addWidget(body, 1);

    connect(&m_session, &CompareSession::sidesChanged, this, &ComparePage::showSides);
    connect(&m_session, &CompareSession::stateChanged, this, &ComparePage::showState);
    connect(&m_session, &CompareSession::progressed, this, &ComparePage::showProgress);
    connect(&m_session, &CompareSession::comparisonChanged, this, &ComparePage::showComparison);
    connect(&m_session, &CompareSession::detailOpened, this, [this](const QString& path, const std::shared_ptr<const compare::Detail>& detail) {
        m_tree.setCounted(path, *detail);
        showCounts();
    });
    connect(&m_session, &CompareSession::rulesChanged, this, &ComparePage::showCounts);
    connect(&m_session, &CompareSession::failed, this, [this](const QString&, const Error& error) { m_notice->show(Banner::Kind::Warning, error.message, error.hint); });
    connect(&library, &models::BundleLibrary::bundleChanged, this, &ComparePage::showSides);
    connect(&hub, &models::ClusterHub::clusterChanged, this, &ComparePage::showSides);
    connect(&hub, &models::ClusterHub::loginRenewed, this, [this] {
        if (m_session.state() == CompareSession::State::Failed)
            m_session.refresh();
    });
    connect(m_pane, &DetailPane::pinClicked, this, &ComparePage::pin);
    connect(m_pinned, &DetailPane::pinClicked, this, &ComparePage::unpin);
    connect(m_timeline, &QPushButton::toggled, m_growthPanel, &QWidget::setVisible);
    connect(m_growthPanel, &GrowthPanel::chosen, this, [this](const QString& bundle, bool base) { put(base ? CompareSession::A : CompareSession::B, {bundle, {}}); });
    setFocusProxy(m_view);
    showSides();
    showComparison();
    showState();
}

/// Views go before the models that they show, which are members here: a view that is hidden still asks its model.
ComparePage::~ComparePage()
{
    qDeleteAll(findChildren<QWidget*>(QString(), Qt::FindDirectChildrenOnly));
}

// -------------------------------------------------------------------------------------------------------------- sides

void ComparePage::showSides()
{
    for (const Which which : {CompareSession::A, CompareSession::B})
        m_boxes[which]->setSide(m_session.text(which), stripeOf(which));
    m_swap->setEnabled(!m_session.side(CompareSession::A).isEmpty() || !m_session.side(CompareSession::B).isEmpty());
    std::optional<bundle::Header> subject;
    for (const Which which : {CompareSession::B, CompareSession::A}) {
        if (const compare::Content* content = m_session.content(which))
            subject = content->header;
        else if (const models::BundleInfo* info = m_library.bundle(m_session.side(which).bundle))
            subject = info->header;
    }
    m_growth.setSubject(subject);
    m_growthPanel->chart()->setSides(m_session.side(CompareSession::A).bundle, m_session.side(CompareSession::B).bundle);
}

void ComparePage::showState()
{
    using State = CompareSession::State;
    const State state = m_session.state();
    const bool compared = m_session.comparison() != nullptr;
    if (!compared)
        showMessage();
    else if (state == State::Failed)
        m_notice->show(Banner::Kind::Error, m_session.error()->message, m_session.error()->hint);
    m_stack->setCurrentIndex(compared ? 1 : 0);
    m_filterBar->setEnabled(compared);
    m_export->setEnabled(compared);
    showCounts();
}

void ComparePage::showMessage()
{
    using State = CompareSession::State;
    const State state = m_session.state();
    const bool emptyA = m_session.side(CompareSession::A).isEmpty(), emptyB = m_session.side(CompareSession::B).isEmpty();
    const bool failed = state == State::Failed;
    m_chooseA->setVisible(emptyA);
    m_chooseB->setVisible(emptyB && !emptyA);
    m_start->setVisible(state == State::Ready || failed);
    m_start->setText(failed ? tr("Try again") : tr("Read and compare"));
    m_cancel->setVisible(state == State::Working);
    m_progress->setVisible(state == State::Working);
    m_why->setVisible(failed && !m_session.error()->detail.isEmpty());
    m_login->setVisible(failed && m_session.error()->code == ErrorCode::NotLoggedIn);
    switch (state) {
    case State::Empty:
        m_message->set(emptyA && emptyB ? tr("What differs between two backups?") : tr("With what?"),
                       tr("Drop two bundles here, or a bundle and a namespace, or choose them above. A is the base: what only B has counts as added."));
        break;
    case State::Ready: {
        QStringList names;
        for (const Which which : {CompareSession::A, CompareSession::B}) {
            if (m_session.side(which).isLive() && !m_session.content(which))
                names.append(m_session.side(which).where.title());
        }
        if (names.isEmpty())
            m_message->set(tr("Stopped"), tr("Nothing was compared."));
        else
            m_message->set(tr("%1 has to be read first").arg(names.join(u", "_s)), tr("It is read as for a backup, which takes as long. Redis is asked to save its data; nothing else happens in the cluster."));
        break;
    }
    case State::Working: showProgress(); break;
    case State::Failed: m_message->set(m_session.error()->message, m_session.error()->hint); break;
    case State::Done: break;
    }
}

void ComparePage::showProgress()
{
    if (m_session.state() != CompareSession::State::Working || m_session.comparison())
        return;
    const CompareSession::Progress progress = m_session.progress();
    m_message->set(tr("Comparing…"), progress.done > 0 ? tr("%1, %2").arg(progress.doing, models::formatBytes(progress.done)) : progress.doing);
    m_progress->setPercent(progress.total > 0 ? int(progress.done * 100 / progress.total) : -1);
}

// --------------------------------------------------------------------------------------------------------- comparison

QStringList ComparePage::expandedPaths() const
{
    QStringList paths;
    const auto add = [&](const auto& self, const QModelIndex& parent) -> void {
        for (int row = 0; row < m_rows.rowCount(parent); ++row) {
            const QModelIndex index = m_rows.index(row, 0, parent);
            if (m_view->isExpanded(index)) {
                paths.append(index.data(models::CompareTree::Path).toString());
                self(self, index);
            }
        }
    };
    add(add, {});
    return paths;
}

void ComparePage::showComparison()
{
    const auto& comparison = m_session.comparison();
    // The same objects stay open and selected when they are compared again.
    if (m_tree.comparison())
        m_expanded = expandedPaths();
    const QString current = m_currentPath;
    {
        const QSignalBlocker quiet(m_components);
        const QString chosen = m_components->currentData().toString();
        m_components->clear();
        m_components->addItem(tr("All components"), QString());
        if (comparison) {
            for (const compare::Node& component : comparison->root->children)
                m_components->addItem(component.name.left(80), component.component);
        }
        m_components->setCurrentIndex(std::max(0, m_components->findData(chosen)));
    }
    m_tree.setComparison(comparison);
    filterChanged();
    m_notice->hide();
    if (!comparison) {
        m_currentPath = current;
        return;
    }
    if (!comparison->notes.isEmpty())
        m_notice->show(Banner::Kind::Note, comparison->notes.first(), comparison->notes.mid(1).join(u'\n'));
    if (m_expanded.isEmpty())
        expandAtFirst();
    for (const QString& path : std::as_const(m_expanded)) {
        if (const QModelIndex index = m_rows.indexOf(path); index.isValid())
            m_view->expand(index);
    }
    QModelIndex at = m_rows.indexOf(current);
    if (!at.isValid())
        at = m_rows.next({}, true);
    if (at.isValid()) {
        m_view->setCurrentIndex(at);
        m_view->scrollTo(at);
    }
    showState();
}

/// Components with few differences are opened; a long list would push the others out of sight.
void ComparePage::expandAtFirst()
{
    for (int row = 0; row < m_rows.rowCount(); ++row) {
        const QModelIndex component = m_rows.index(row, 0);
        if (m_rows.rowCount(component) <= fewRows)
            m_view->expand(component);
    }
}

void ComparePage::showCounts()
{
    const auto& comparison = m_session.comparison();
    const compare::Counts counts = comparison && m_tree.comparison() ? m_tree.countsOf(*comparison->root) : compare::Counts{};
    const auto figure = [&counts](qint64 count) { return counts.exact ? formatCount(count) : u"≥ "_s + formatCount(count); };
    m_added->setText(tr("%1 added").arg(figure(counts.added)));
    m_removed->setText(tr("%1 removed").arg(figure(counts.removed)));
    m_changed->setText(tr("%1 changed").arg(figure(counts.changed)));
    m_rules->setText(tr("Noise rules: %1 on").arg(m_session.rules().enabledCount()));
    if (comparison) {
        const QString took = comparison->milliseconds < 100 ? tr("under 0.1 s") : tr("%1 s").arg(double(comparison->milliseconds) / 1000, 0, 'f', 1);
        m_foot->setText(m_session.state() == CompareSession::State::Working ? tr("Comparing again…")
                        : m_onlyChanges->isChecked()                        ? tr("Compared from the indexes in %1. Equal objects hidden.").arg(took)
                                                                            : tr("Compared from the indexes in %1. Noise is grey.").arg(took));
    }
    showEmptyTree();
    arrangeFilters();
}

void ComparePage::showEmptyTree()
{
    const auto& comparison = m_session.comparison();
    const bool narrowed = m_rows.isNarrowed();
    m_showAll->setVisible(!narrowed && m_onlyChanges->isChecked());
    m_clearFilter->setVisible(narrowed);
    if (narrowed)
        m_noRows->set(m_search->text().isEmpty() ? tr("No difference of this kind") : tr("No object matches “%1”").arg(m_search->text()), {});
    else if (comparison)
        m_noRows->set(tr("A and B are equal"), tr("%n components were compared.", nullptr, int(comparison->root->children.size())));
    else
        m_noRows->set({}, {});
}

void ComparePage::filterChanged()
{
    models::CompareFilter::Choice choice{m_onlyChanges->isChecked(), m_added->isChecked(), m_removed->isChecked(), m_changed->isChecked(), m_components->currentData().toString(), m_search->text()};
    const QString path = m_currentPath;
    m_rows.setChoice(choice);
    // The current row stays, where it is still shown.
    if (const QModelIndex index = m_rows.indexOf(path); index.isValid() && m_view->currentIndex() != index)
        m_view->setCurrentIndex(index);
    if (!choice.words.simplified().isEmpty()) {
        for (int row = 0; row < m_rows.rowCount(); ++row)
            m_view->expandRecursively(m_rows.index(row, 0), m_rows.shownCount() <= openedAtMost ? 2 : 0);
    }
    m_previous->setEnabled(m_rows.next({}, true).isValid());
    m_next->setEnabled(m_previous->isEnabled());
    showCounts();
}

void ComparePage::currentChanged()
{
    const QString path = m_view->currentIndex().data(models::CompareTree::Path).toString();
    if (path.isEmpty() && !m_session.comparison())
        return; // the sides are read again
    m_currentPath = path;
    m_detail.show(path);
}

void ComparePage::pin()
{
    m_pinnedDetail.take(m_detail);
    m_pinned->show();
}

void ComparePage::unpin()
{
    const bool hadFocus = m_pinned->isAncestorOf(window()->focusWidget());
    m_pinned->hide();
    m_pinnedDetail.show({});
    if (hadFocus)
        m_view->setFocus();
}

// --------------------------------------------------------------------------------------------------------------- page

void ComparePage::saveState(QSettings& settings) const
{
    Page::saveState(settings);
    settings.beginGroup(objectName());
    for (const auto& [name, button] : {std::pair{u"onlyChanges"_s, m_onlyChanges}, {u"added"_s, m_added}, {u"removed"_s, m_removed}, {u"changed"_s, m_changed}, {u"timeline"_s, m_timeline}})
        settings.setValue(name, button->isChecked());
    settings.setValue(u"growthAsTable"_s, m_growthPanel->isTable());
    for (const int which : {0, 1}) {
        const CompareSide& side = m_keptSides[which].isEmpty() ? m_session.side(Which(which)) : m_keptSides[which];
        settings.setValue(u"side%1"_s.arg(which), QStringList{side.bundle, side.where.cluster, side.where.name});
    }
    settings.endGroup();
}

void ComparePage::restoreState(QSettings& settings)
{
    Page::restoreState(settings);
    settings.beginGroup(objectName());
    for (const auto& [name, button] : {std::pair{u"onlyChanges"_s, m_onlyChanges}, {u"added"_s, m_added}, {u"removed"_s, m_removed}, {u"changed"_s, m_changed}, {u"timeline"_s, m_timeline}})
        button->setChecked(settings.value(name, button->isChecked()).toBool());
    m_growthPanel->setTable(settings.value(u"growthAsTable"_s).toBool());
    for (const int which : {0, 1}) {
        const QStringList kept = settings.value(u"side%1"_s.arg(which)).toStringList();
        if (kept.size() == 3)
            m_keptSides[which] = {kept[0], {kept[1], kept[2]}};
    }
    settings.endGroup();
}

void ComparePage::activated()
{
    // Compared when somebody looks, not at every start of the program.
    const CompareSide a = std::exchange(m_keptSides[0], {}), b = std::exchange(m_keptSides[1], {});
    const auto isThere = [](const CompareSide& side) { return side.bundle.isEmpty() || QFileInfo::exists(side.bundle); };
    if (m_session.side(CompareSession::A).isEmpty() && m_session.side(CompareSession::B).isEmpty())
        m_session.setSides(isThere(a) ? a : CompareSide{}, isThere(b) ? b : CompareSide{});
}

void ComparePage::refresh()
{
    m_session.refresh();
}

void ComparePage::copyAsText()
{
    for (DetailPane* pane : {m_pane, m_pinned}) {
        if (pane->isAncestorOf(window()->focusWidget())) {
            pane->copyAsText();
            return;
        }
    }
    copyRows(m_view);
}

void ComparePage::nextProblem(bool forward)
{
    for (DetailPane* pane : {m_pane, m_pinned}) {
        SideBySide* sides = pane->sides();
        if (!sides->isAncestorOf(window()->focusWidget()))
            continue;
        const int row = pane->detail().sides()->nextDifference(sides->currentRow(), forward);
        if (row >= 0) {
            sides->select(row);
            return;
        }
    }
    const QModelIndex index = m_rows.next(m_view->currentIndex(), forward);
    if (!index.isValid())
        return;
    m_view->setCurrentIndex(index);
    m_view->scrollTo(index);
}

void ComparePage::arrangeFilters()
{
    // The filters take a second line where they do not fit into one.
    const bool fits = m_filterLeft->sizeHint().width() + m_filterRight->sizeHint().width() + 6 + 32 <= width();
    m_filterRow->setDirection(fits ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

void ComparePage::resizeEvent(QResizeEvent* event)
{
    Page::resizeEvent(event);
    arrangeFilters();
    const Qt::Orientation wanted = window()->width() < narrowWindow ? Qt::Vertical : Qt::Horizontal;
    if (m_columns->orientation() == wanted)
        return;
    m_columns->setOrientation(wanted);
    if (wanted == Qt::Horizontal)
        m_columns->setSizes({450, std::max(300, width() - 494)});
    else
        m_columns->setSizes({260, 300});
}

} // namespace scalekeep::widgets
