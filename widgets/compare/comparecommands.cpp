#include "widgets/compare/comparepage.h"

#include "models/common/components.h"
#include "models/common/format.h"
#include "widgets/common/theme.h"
#include "widgets/compare/rulesdialog.h"
#include "widgets/compare/sidebox.h"

#include <QClipboard>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMenu>
#include <QTreeView>

/// What is chosen, dropped and written from the page.
namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::CompareSession;
using models::CompareSide;

namespace {
constexpr int mostInMenu = 15;
}

QDateTime ComparePage::timeOf(const QString& bundle) const
{
    const models::BundleInfo* info = m_library.bundle(bundle);
    return info && info->header.started.isValid() ? info->header.started : QFileInfo(bundle).lastModified();
}

QColor ComparePage::stripeOf(Which which) const
{
    const CompareSide& side = m_session.side(which);
    const models::BundleInfo* info = m_library.bundle(side.bundle);
    const models::ClusterState* cluster = m_hub.cluster(side.isLive() ? side.where.cluster : info ? info->header.cluster : QString());
    return cluster ? theme::clusterColour(cluster->cluster.colour) : QColor();
}

ComparePage::Which ComparePage::free() const
{
    return m_session.side(CompareSession::A).isEmpty() ? CompareSession::A : CompareSession::B;
}

void ComparePage::put(Which which, const CompareSide& side)
{
    // What was kept of the last time is not wanted any more.
    m_keptSides[0] = m_keptSides[1] = {};
    m_expanded.clear();
    m_session.setSide(which, side);
}

void ComparePage::putBundles(const QStringList& bundles)
{
    m_keptSides[0] = m_keptSides[1] = {};
    m_expanded.clear();
    const bool inOrder = timeOf(bundles.at(0)) <= timeOf(bundles.at(1));
    m_session.setSides({bundles.at(inOrder ? 0 : 1), {}}, {bundles.at(inOrder ? 1 : 0), {}});
}

void ComparePage::compare(const QStringList& bundles)
{
    if (bundles.size() >= 2) {
        putBundles(bundles);
        return;
    }
    if (bundles.isEmpty())
        return;
    m_keptSides[0] = m_keptSides[1] = {};
    m_expanded.clear();
    m_session.setSides({bundles.first(), {}}, {});
    m_boxes[CompareSession::B]->setFocus(Qt::OtherFocusReason);
}

void ComparePage::compareNamespace(const models::NamespaceRef& where)
{
    m_keptSides[0] = m_keptSides[1] = {};
    m_expanded.clear();
    m_session.setSides({}, {{}, where});
    m_boxes[CompareSession::A]->setFocus(Qt::OtherFocusReason);
}

void ComparePage::fillMenu(Which which)
{
    QMenu* menu = m_boxes[which]->menu();
    menu->clear();
    QList<const models::BundleInfo*> bundles;
    for (int row = 0; row < m_library.rowCount(); ++row) {
        const models::BundleInfo* info = m_library.bundle(m_library.index(row, 0));
        if (info && info->state == models::BundleInfo::State::Readable)
            bundles.append(info);
    }
    std::stable_sort(bundles.begin(), bundles.end(), [](const auto* a, const auto* b) { return a->header.started > b->header.started; });
    const auto addChoice = [&](const QString& text, const QString& iconName, const CompareSide& side) {
        QAction* action = menu->addAction(icon(iconName), QString(text).replace(u'&', u"&&"_s), this, [this, which, side] { put(which, side); });
        action->setCheckable(m_session.side(which) == side);
        action->setChecked(m_session.side(which) == side);
        return action;
    };
    if (!bundles.isEmpty())
        menu->addSection(tr("Bundles"));
    for (const models::BundleInfo* info : std::as_const(bundles).mid(0, mostInMenu)) {
        const CompareSide side{info->file.path, {}};
        const QString note = m_library.note(info->file.path);
        const QString text = sideText(side, nullptr, m_library).title;
        addChoice(note.isEmpty() ? text : tr("%1: %2").arg(text, note.left(60)), u"bundle"_s, side)->setToolTip(info->file.path);
    }
    menu->addAction(icon(u"open"_s), bundles.size() > mostInMenu ? tr("Another bundle…") : tr("Open bundle file…"), this, [this, which] { chooseFile(which); });
    bool first = true;
    for (const models::ClusterState& cluster : m_hub.clusters()) {
        if (cluster.state != models::ConnectionState::Connected)
            continue;
        for (const models::NamespaceState& state : cluster.namespaces) {
            if (std::exchange(first, false))
                menu->addSection(tr("Namespaces, as they are now"));
            addChoice(models::NamespaceRef{cluster.cluster.name, state.name}.title(), u"namespace"_s, {{}, {cluster.cluster.name, state.name}});
        }
    }
    if (!m_session.side(which).isEmpty()) {
        menu->addSeparator();
        menu->addAction(icon(u"close"_s), tr("Clear"), this, [this, which] { put(which, {}); });
    }
}

void ComparePage::chooseFile(Which which)
{
    auto* dialog = new QFileDialog(this, which == CompareSession::A ? tr("Open bundle as A") : tr("Open bundle as B"), m_library.folders().value(0, QDir::homePath()), tr("Bundles (*.scalekeep.tar);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this, which](const QString& path) { put(which, {path, {}}); });
    dialog->open();
}

void ComparePage::editRules()
{
    auto* dialog = new RulesDialog(m_session.rules(), this);
    connect(dialog, &RulesDialog::chosen, &m_session, &CompareSession::setRules);
    dialog->open();
}

void ComparePage::exportAs(bool json)
{
    const QString suffix = json ? u"json"_s : u"html"_s;
    auto* dialog = new QFileDialog(this, tr("Export the comparison"), QDir::homePath(), json ? tr("JSON (*.json)") : tr("HTML (*.html)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(suffix);
    dialog->selectFile(u"comparison."_s + suffix);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_session.exportTo(path, this, [this, path](const Result<void>& written) {
            if (written)
                m_notice->show(Banner::Kind::Note, tr("The comparison was exported."), QDir::toNativeSeparators(path));
            else
                showError(this, tr("Exporting the comparison"), written.error());
        });
    });
    dialog->open();
}

void ComparePage::contextMenu(const QPoint& at)
{
    QMenu menu(this);
    menu.addAction(tr("Next difference"), this, [this] { nextProblem(true); })->setEnabled(m_next->isEnabled());
    menu.addAction(tr("Previous difference"), this, [this] { nextProblem(false); })->setEnabled(m_previous->isEnabled());
    menu.addSeparator();
    menu.addAction(icon(u"copy"_s), tr("Copy as text"), this, [this] { copyRows(m_view); });
    if (!m_currentPath.isEmpty())
        menu.addAction(tr("Copy path"), this, [this] { QGuiApplication::clipboard()->setText(m_currentPath); });
    menu.addSeparator();
    menu.addAction(tr("Open all"), m_view, &QTreeView::expandAll);
    menu.addAction(tr("Close all"), m_view, &QTreeView::collapseAll);
    menu.exec(m_view->viewport()->mapToGlobal(at));
}

void ComparePage::dragEnterEvent(QDragEnterEvent* event)
{
    const CompareSide side = sideIn(event->mimeData());
    if (side.isEmpty())
        return;
    event->acceptProposedAction();
    if (models::bundlesIn(event->mimeData()).size() >= 2) {
        m_boxes[CompareSession::A]->setDropText(tr("The earlier bundle"));
        m_boxes[CompareSession::B]->setDropText(tr("The later bundle"));
    } else {
        m_boxes[free()]->setDropText(side.isLive() ? tr("This namespace") : tr("This bundle"));
    }
}

void ComparePage::dragLeaveEvent(QDragLeaveEvent*)
{
    for (SideBox* box : m_boxes)
        box->setDropText({});
}

void ComparePage::dropEvent(QDropEvent* event)
{
    dragLeaveEvent(nullptr);
    const QStringList bundles = models::bundlesIn(event->mimeData());
    const CompareSide side = sideIn(event->mimeData());
    if (side.isEmpty())
        return;
    event->acceptProposedAction();
    if (bundles.size() >= 2)
        putBundles(bundles);
    else
        put(free(), side);
}

} // namespace scalekeep::widgets
