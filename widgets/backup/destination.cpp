#include "widgets/backup/destination.h"

#include "models/common/format.h"
#include "widgets/common/icons.h"
#include "widgets/common/theme.h"

#include <QCheckBox>
#include <QDir>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QSpinBox>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using models::formatBytes;

namespace {
QString spaceText(const models::BackupPlan& plan, bool& enough)
{
    const qint64 free = plan.freeBytes();
    const models::PlanSums sums = plan.sums();
    enough = free < 0 || sums.needed < 0 || free > sums.needed;
    if (free < 0)
        return Destination::tr("Free space is not known yet");
    if (plan.isEmpty())
        return Destination::tr("%1 free").arg(formatBytes(free));
    if (sums.needed < 0 || !sums.neededComplete)
        return sums.needed < 0 ? Destination::tr("%1 free; what is needed is not known yet").arg(formatBytes(free))
                               : Destination::tr("%1 free, %2 needed for what is known").arg(formatBytes(free), formatBytes(sums.needed));
    return sums.inBundleComplete ? Destination::tr("%1 free, about %2 needed").arg(formatBytes(free), formatBytes(sums.needed))
                                 : Destination::tr("%1 free, at most %2 needed").arg(formatBytes(free), formatBytes(sums.needed));
}
} // namespace

Destination::Destination(models::BackupPlan& plan, QWidget* parent)
    : Panel(tr("Destination and options"), parent), m_plan(plan), m_folder(new QLineEdit), m_glyph(new GlyphLabel), m_space(new ElidedLabel),
      m_compress(new QCheckBox(tr("Compress in the pod where it has gzip"))), m_quiesce(new QCheckBox), m_verify(new QCheckBox(tr("Verify the bundle when it is written"))), m_parallel(new QSpinBox)
{
    setObjectName(u"destination"_s);
    m_folder->setObjectName(u"folder"_s);
    m_folder->setAccessibleName(tr("Folder for bundles"));
    m_folder->setToolTip(tr("The folder on this computer that the bundles are written to."));
    m_folder->addAction(icon(u"folder"_s), QLineEdit::LeadingPosition);
    QPushButton* browseButton = makeButton(tr("Browse…"));
    browseButton->setAccessibleName(tr("Browse for the folder of bundles"));
    m_space->setForegroundRole(QPalette::PlaceholderText);
    m_space->setTextFormat(Qt::PlainText);
    m_compress->setObjectName(u"compress"_s);
    m_compress->setToolTip(tr("Less travels over the network, and the pod computes more. The bundle is compressed in either case."));
    m_quiesce->setObjectName(u"quiesce"_s);
    m_quiesce->setToolTip(tr("All data is of one moment. The Admin and Developer Portals are down meanwhile; API traffic goes on. The writers are always started again. If somebody else starts them meanwhile, there is no bundle."));
    m_verify->setObjectName(u"verify"_s);
    m_verify->setToolTip(tr("Reads the finished bundle once more from the disk and compares every digest."));
    m_parallel->setObjectName(u"parallel"_s);
    m_parallel->setRange(1, models::mostParallelStreams);
    m_parallel->setAccessibleName(tr("Streams at once"));
    m_parallel->setToolTip(tr("How many components are read at the same time."));

    auto* place = new QWidget;
    auto* folderLine = new QHBoxLayout;
    folderLine->setSpacing(6);
    folderLine->addWidget(m_folder, 1);
    folderLine->addWidget(browseButton);
    auto* spaceLine = new QHBoxLayout;
    spaceLine->setSpacing(6);
    spaceLine->addWidget(m_glyph);
    spaceLine->addWidget(m_space, 1);
    auto* placeLayout = new QVBoxLayout(place);
    placeLayout->setContentsMargins(12, 10, 12, 8);
    placeLayout->setSpacing(7);
    placeLayout->addLayout(folderLine);
    placeLayout->addLayout(spaceLine);
    auto* line = new QFrame;
    line->setFrameShape(QFrame::HLine);
    line->setFrameShadow(QFrame::Plain);
    line->setForegroundRole(QPalette::Mid);

    auto* options = new QWidget;
    auto* streams = new QHBoxLayout;
    streams->setSpacing(8);
    auto* streamsLabel = new QLabel(tr("Streams at once"));
    streamsLabel->setBuddy(m_parallel);
    streams->addWidget(streamsLabel);
    streams->addWidget(m_parallel);
    streams->addStretch();
    auto* optionsLayout = new QVBoxLayout(options);
    optionsLayout->setContentsMargins(12, 10, 12, 10);
    optionsLayout->setSpacing(8);
    optionsLayout->addWidget(m_compress);
    optionsLayout->addWidget(m_quiesce);
    optionsLayout->addWidget(m_verify);
    optionsLayout->addLayout(streams);
    optionsLayout->addStretch();
    body()->addWidget(place);
    body()->addWidget(line);
    body()->addWidget(options, 1);

    connect(browseButton, &QPushButton::clicked, this, &Destination::browse);
    connect(m_folder, &QLineEdit::editingFinished, this, &Destination::take);
    for (QCheckBox* box : {m_compress, m_quiesce, m_verify})
        connect(box, &QCheckBox::toggled, this, &Destination::take);
    connect(m_parallel, &QSpinBox::valueChanged, this, &Destination::take);
    connect(&plan, &models::BackupPlan::contentChanged, this, &Destination::show);
    connect(&plan, &models::BackupPlan::groupsChanged, this, &Destination::show);
    show();
}

void Destination::browse()
{
    auto* dialog = new QFileDialog(this, tr("Folder for bundles"), m_plan.content().options.folder);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString& path) {
        m_folder->setText(QDir::toNativeSeparators(path));
        take();
    });
    dialog->open();
}

void Destination::take()
{
    if (m_showing)
        return;
    models::PlanOptions options = m_plan.content().options;
    const QString typed = QDir::fromNativeSeparators(m_folder->text().trimmed());
    options.folder = typed.startsWith(u"~/"_s) ? QDir::home().filePath(typed.mid(2)) : typed;
    options.compress = m_compress->isChecked();
    options.quiesce = m_quiesce->isChecked();
    options.verifyAfterwards = m_verify->isChecked();
    options.parallel = m_parallel->value();
    m_plan.setOptions(options);
}

void Destination::show()
{
    m_showing = true;
    const models::PlanOptions& options = m_plan.content().options;
    if (!m_folder->hasFocus() || !m_folder->isModified()) {
        const QString path = QDir::toNativeSeparators(options.folder);
        if (m_folder->text() != path)
            m_folder->setText(path);
    }
    m_compress->setChecked(options.compress);
    m_quiesce->setChecked(options.quiesce);
    m_verify->setChecked(options.verifyAfterwards);
    m_parallel->setValue(options.parallel);
    const models::PlanSums sums = m_plan.sums();
    m_quiesce->setText(sums.milliseconds < 0 ? tr("Stop writers during the backup") : tr("Stop writers during the backup (about %1)").arg(models::formatDuration(std::max<qint64>(1000, sums.milliseconds))));
    bool enough = true;
    QString text = spaceText(m_plan, enough);
    if (!m_plan.folderExists())
        text = tr("This folder does not exist");
    const bool bad = !m_plan.folderExists() || !enough;
    m_glyph->setGlyph(bad ? u"failed"_s : m_plan.freeBytes() < 0 ? u"waiting"_s : u"proven"_s);
    m_space->setText(text);
    m_showing = false;
}

} // namespace scalekeep::widgets
