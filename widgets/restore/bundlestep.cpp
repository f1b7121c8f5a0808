#include "widgets/restore/bundlestep.h"

#include "models/common/format.h"
#include "widgets/common/delegates.h"
#include "widgets/common/theme.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;

BundleStep::BundleStep(models::RestoreSession& session, QWidget* parent) : QWidget(parent), m_session(session)
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(16, 12, 16, 12);
    layout->setSpacing(12);

    auto* list = new Panel(tr("Bundles"), this);
    auto* open = makeButton(tr("Open bundle…"), u"open"_s, ButtonKind::Flat, list);
    open->setObjectName(u"openBundle"_s);
    open->setToolTip(tr("Choose a bundle file that is not in the list (Ctrl+O)"));
    connect(open, &QPushButton::clicked, this, &BundleStep::open);
    list->tools()->addWidget(open);
    m_view = new ChoiceList(list);
    m_view->setObjectName(u"restoreBundles"_s);
    m_view->setAccessibleName(tr("Bundles"));
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setItemDelegate(new RowDelegate(m_view));
    m_view->header()->setObjectName(u"restoreBundlesHeader"_s);
    connect(m_view, &ChoiceList::chosen, this, &BundleStep::choose);
    connect(m_view, &QTreeView::activated, this, [this](const QModelIndex& row) {
        choose(row);
        Q_EMIT goOn();
    });
    list->body()->addWidget(m_view);
    layout->addWidget(list, 1);

    m_panel = new Panel(tr("No bundle chosen"), this);
    auto* body = new QWidget(m_panel);
    m_details = new QFormLayout(body);
    m_details->setContentsMargins(12, 8, 12, 8);
    m_details->setHorizontalSpacing(12);
    m_details->setVerticalSpacing(4);
    for (const QString& name : {tr("Taken of"), tr("3scale"), tr("Taken"), tr("Content"), tr("Complete"), tr("File")}) {
        auto* value = name == tr("File") ? new ElidedLabel({}, Qt::ElideMiddle, body) : new ElidedLabel({}, Qt::ElideRight, body);
        value->setTextFormat(Qt::PlainText);
        auto* label = new QLabel(name, body);
        label->setForegroundRole(QPalette::PlaceholderText);
        m_details->addRow(label, value);
        m_values.append(value);
    }
    m_reading = new GlyphLabel({}, 16, m_panel);
    m_panel->tools()->addWidget(m_reading);
    m_panel->body()->addWidget(body);
    layout->addWidget(m_panel);
}

void BundleStep::setBundles(QAbstractItemModel* model, int pathRole)
{
    m_pathRole = pathRole;
    m_view->setModel(model);
    m_view->header()->setStretchLastSection(true);
    m_view->header()->resizeSection(0, 300);
    EmptyState* empty = EmptyState::over(m_view, u"bundle"_s, tr("No bundles yet"), tr("Make a backup first, open a bundle file, or drop one here from the file manager."));
    connect(empty->addAction(tr("Open bundle…")), &QPushButton::clicked, this, &BundleStep::open);
    if (model) // the file that is chosen may come back
        connect(model, &QAbstractItemModel::rowsInserted, this, &BundleStep::update);
    update();
}

void BundleStep::choose(const QModelIndex& row)
{
    const QString path = row.siblingAtColumn(0).data(m_pathRole).toString();
    if (!path.isEmpty() && path != m_session.bundlePath())
        m_session.openBundle(path);
}

void BundleStep::open()
{
    auto* dialog = new QFileDialog(this, tr("Open bundle"), m_session.bundlePath().isEmpty() ? QDir::homePath() : QFileInfo(m_session.bundlePath()).absolutePath(), tr("Bundles (*.scalekeep.tar);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) { m_session.openBundle(path); });
    dialog->open();
}

void BundleStep::update()
{
    // The row of the bundle that is chosen, also when another page chose it.
    if (const QAbstractItemModel* model = m_view->model(); model && m_view->chosenRow().siblingAtColumn(0).data(m_pathRole).toString() != m_session.bundlePath()) {
        QModelIndex found;
        for (int row = 0; row < model->rowCount() && !found.isValid(); ++row) {
            if (model->index(row, 0).data(m_pathRole).toString() == m_session.bundlePath() && !m_session.bundlePath().isEmpty())
                found = model->index(row, 0);
        }
        m_view->setChosenRow(found);
    }
    m_reading->setGlyph(m_session.opening() ? u"running"_s : m_session.bundleError() ? u"failed"_s : QString{});
    const auto& header = m_session.header();
    if (!header) {
        m_panel->setTitle(m_session.opening() ? tr("Reading the bundle…") : m_session.bundleError() ? tr("The bundle cannot be restored") : tr("No bundle chosen"));
        for (QLabel* value : std::as_const(m_values))
            value->setText(u"–"_s);
        m_values[5]->setText(m_session.bundlePath().isEmpty() ? tr("Choose one above, open a file, or drop one here") : m_session.bundlePath());
        return;
    }
    m_panel->setTitle(QFileInfo(m_session.bundlePath()).fileName().left(200), header->purpose == u"safety" ? tr("safety bundle") : QString{});
    m_values[0]->setText(models::NamespaceRef{header->cluster, header->namespaceName}.title().left(300) + u" · "_s + header->apiUrl.left(300));
    const auto orNotKnown = [](const QString& text) { return text.isEmpty() ? tr("not known") : text.left(60); };
    m_values[1]->setText(u"%1 · %2"_s.arg(orNotKnown(header->threescaleVersion), orNotKnown(header->flavour)));
    m_values[2]->setText(models::formatExact(header->started) + (header->operatorIdentity.isEmpty() ? QString{} : u" · "_s + header->operatorIdentity.left(120)));
    const bundle::Manifest& manifest = m_session.manifest();
    qint64 bytes = 0;
    for (const bundle::Stream& stream : manifest.streams)
        bytes += stream.bytes;
    m_values[3]->setText(tr("%1 of its components can be restored, %2").arg(m_session.components()->available().size()).arg(models::formatBytes(bytes)));
    const int score = manifest.completeness[u"score"].toInt(-1);
    m_values[4]->setText(score < 0 ? tr("not known") : score >= 100 ? tr("yes: nothing is missing for a whole restore") : tr("%1 of 100; see the checks for what is missing").arg(score));
    m_values[5]->setText(m_session.bundlePath());
}

} // namespace scalekeep::widgets
