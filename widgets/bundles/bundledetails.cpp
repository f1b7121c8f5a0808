#include "widgets/bundles/bundledetails.h"

#include "models/common/format.h"
#include "widgets/common/theme.h"

#include <QClipboard>
#include <QFileInfo>
#include <QGuiApplication>
#include <QScrollArea>
#include <QVBoxLayout>

namespace scalekeep::widgets {

using namespace Qt::Literals::StringLiterals;
using namespace models;

namespace {
QString cut(const QString& text)
{
    constexpr qsizetype longest = 500;
    return text.size() <= longest ? text : text.left(longest - 1) + u'…';
}
} // namespace

BundleDetails::BundleDetails(BundleLibrary& library, BundleJobs& jobs, QWidget* parent) : Panel(tr("Details"), parent), m_library(library), m_jobs(jobs)
{
    setObjectName(u"bundle-details"_s);
    auto* scroll = new QScrollArea(this);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setFocusPolicy(Qt::NoFocus);
    m_content = new QWidget(scroll);
    m_content->setBackgroundRole(QPalette::Base);
    m_content->setAutoFillBackground(true);
    auto* all = new QVBoxLayout(m_content);
    all->setContentsMargins(12, 12, 12, 12);
    all->setSpacing(8);

    auto* state = new QHBoxLayout;
    state->setSpacing(8);
    m_glyph = new GlyphLabel({}, 16, m_content);
    m_state = new QLabel(m_content);
    m_stateText = new QLabel(m_content);
    QFont bold = m_state->font();
    bold.setWeight(QFont::DemiBold);
    m_state->setFont(bold);
    m_stateText->setFont(theme::smallFont());
    m_stateText->setForegroundRole(QPalette::PlaceholderText);
    auto* words = new QVBoxLayout;
    words->setSpacing(0);
    for (QLabel* label : {m_state, m_stateText}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        words->addWidget(label);
    }
    state->addWidget(m_glyph, 0, Qt::AlignTop);
    state->addLayout(words, 1);
    all->addLayout(state);

    m_job = new QWidget(m_content);
    auto* job = new QGridLayout(m_job);
    job->setContentsMargins(0, 0, 0, 0);
    job->setHorizontalSpacing(8);
    job->setVerticalSpacing(4);
    m_jobTitle = new ElidedLabel({}, Qt::ElideMiddle, m_job);
    m_progress = new ThinProgress(m_job);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel = makeButton(tr("Cancel"), {}, ButtonKind::Flat, m_job);
    m_cancel->setToolTip(tr("Stop this; the bundle stays as it is"));
    job->addWidget(m_jobTitle, 0, 0);
    job->addWidget(m_progress, 1, 0);
    job->addWidget(m_cancel, 0, 1, 2, 1, Qt::AlignVCenter);
    job->setColumnStretch(0, 1);
    all->addWidget(m_job);

    m_grid = new QGridLayout;
    m_grid->setHorizontalSpacing(10);
    m_grid->setVerticalSpacing(4);
    m_grid->setColumnStretch(1, 1);
    all->addLayout(m_grid);
    m_taken = addRow(tr("Taken"));
    m_until = addRow({});
    m_by = addRow(tr("By"));
    m_version = addRow(tr("3scale"));
    m_spread = addRow(tr("Spread"));
    m_size = addRow(tr("Bundle"));
    m_digest = addRow(tr("SHA-256"));
    m_digest.value->setFont(theme::fixedFont());
    m_file = addRow(tr("File"), Qt::ElideMiddle);
    m_note = addRow(tr("Note"));
    m_compute = makeButton(tr("Compute"), {}, ButtonKind::Flat, m_content);
    m_compute->setToolTip(tr("Reads the whole file once, to compare copies of it"));
    m_compute->setAccessibleName(tr("Compute the SHA-256 of the file"));
    m_copy = makeToolButton(u"copy"_s, tr("Copy the SHA-256"), m_content);
    const int digestRow = m_grid->rowCount() - 3;
    m_grid->addWidget(m_compute, digestRow, 1, Qt::AlignLeft);
    m_grid->addWidget(m_copy, digestRow, 2);

    m_none = new QLabel(tr("Select a bundle to see what is in it."), m_content);
    m_none->setWordWrap(true);
    m_none->setAlignment(Qt::AlignCenter);
    m_none->setForegroundRole(QPalette::PlaceholderText);
    all->addWidget(m_none, 1);
    all->addStretch(1);
    scroll->setWidget(m_content);
    body()->addWidget(scroll, 1);

    auto* foot = new QFrame(this);
    auto* buttons = new QHBoxLayout(foot);
    buttons->setContentsMargins(12, 8, 12, 8);
    buttons->setSpacing(8);
    m_show = makeButton(tr("Show in folder"), u"folder"_s, ButtonKind::Plain, foot);
    m_show->setToolTip(tr("Opens the bundle's folder in the file manager"));
    m_edit = makeButton(tr("Edit note…"), {}, ButtonKind::Plain, foot);
    m_edit->setToolTip(tr("Notes are kept on this computer, never in the bundle (F2)"));
    buttons->addWidget(m_show);
    buttons->addWidget(m_edit);
    buttons->addStretch(1);
    body()->addWidget(foot);

    connect(m_show, &QPushButton::clicked, this, &BundleDetails::folderRequested);
    connect(m_edit, &QPushButton::clicked, this, &BundleDetails::noteRequested);
    connect(m_compute, &QPushButton::clicked, this, [this] { m_jobs.digest(m_path); });
    connect(m_copy, &QToolButton::clicked, this, [this] { QGuiApplication::clipboard()->setText(QString::fromLatin1(m_jobs.fileDigest(m_path))); });
    connect(m_cancel, &QPushButton::clicked, this, [this] {
        if (const BundleJob* running = m_jobs.running(m_path))
            m_jobs.cancel(running->id);
    });
    connect(&m_library, &BundleLibrary::bundleChanged, this, [this](const QString& path) {
        if (path == m_path)
            update();
    });
    connect(&m_jobs, &BundleJobs::started, this, &BundleDetails::updateJob);
    connect(&m_jobs, &BundleJobs::progressed, this, &BundleDetails::updateJob);
    connect(&m_jobs, &BundleJobs::ended, this, &BundleDetails::update);
    update();
}

BundleDetails::Row BundleDetails::addRow(const QString& name, Qt::TextElideMode mode)
{
    const int row = m_grid->rowCount();
    Row made{new QLabel(name, m_content), new ElidedLabel({}, mode, m_content)};
    made.name->setForegroundRole(QPalette::PlaceholderText);
    made.name->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    made.value->setTextFormat(Qt::PlainText);
    made.value->setTextInteractionFlags(Qt::NoTextInteraction);
    m_grid->addWidget(made.name, row, 0);
    m_grid->addWidget(made.value, row, 1);
    return made;
}

void BundleDetails::set(const Row& row, const QString& text, const QString& tip)
{
    row.name->setVisible(!text.isEmpty());
    row.value->setVisible(!text.isEmpty());
    row.value->setText(cut(text));
    row.value->setToolTip(tip.isEmpty() ? QString() : plainTip(tip));
    row.value->setAccessibleName(row.name->text() + u": "_s + cut(text));
}

void BundleDetails::setBundle(const QString& path)
{
    m_path = path;
    update();
}

void BundleDetails::update()
{
    const BundleInfo* info = m_library.bundle(m_path);
    m_none->setVisible(!info);
    m_glyph->setVisible(info);
    m_state->setVisible(info);
    m_stateText->setVisible(info);
    m_show->setEnabled(info);
    m_edit->setEnabled(info);
    if (!info) {
        setTitle(tr("Details"));
        for (const Row& row : {m_taken, m_until, m_by, m_version, m_spread, m_size, m_digest, m_file, m_note})
            set(row, {});
        m_compute->hide();
        m_copy->hide();
        m_job->hide();
        return;
    }
    const bundle::Header& header = info->header;
    const QDateTime taken = header.started.isValid() ? header.started : info->file.modified;
    setTitle(header.cluster.isEmpty() ? QFileInfo(m_path).fileName().left(60) : tr("%1 / %2").arg(header.cluster.left(60), header.namespaceName.left(63)), formatMoment(taken));
    updateState(*info);
    const QDateTime finished = info->manifest ? info->manifest->finished : QDateTime();
    set(m_taken, header.started.isValid() ? formatExact(header.started) : QString());
    set(m_until, finished.isValid() ? tr("to %1").arg(finished.toUTC().date() == header.started.toUTC().date() ? finished.toUTC().toString(u"HH:mm:ss"_s) + u" UTC"_s : formatExact(finished)) : QString());
    set(m_by, header.operatorIdentity, tr("%1, with %2").arg(header.operatorIdentity, header.program));
    const auto orNotKnown = [](const QString& text) { return text.isEmpty() ? tr("not known") : text; };
    set(m_version, header.started.isValid() ? tr("%1, %2").arg(orNotKnown(header.threescaleVersion), orNotKnown(header.flavour)) : QString(), tr("%1 on %2").arg(header.workloadKind.isEmpty() ? tr("Kind of workloads not known") : header.workloadKind, header.apiUrl));
    const bool several = info->manifest && info->manifest->streams.size() > 1;
    set(m_spread, several ? tr("%1 from first to last store").arg(formatDuration(info->manifest->skewMilliseconds)) : QString(),
        tr("The stores are read one after the other: this long lies between the first moment and the last that the data shows.") + (several && info->manifest->quiesced ? u'\n' + tr("Writers were stopped meanwhile.") : QString()));
    const qint64 plain = info->plainBytes();
    set(m_size, plain > 0 ? tr("%1, from %2").arg(formatBytes(info->file.size), formatBytes(plain)) : formatBytes(info->file.size), tr("%1 bytes").arg(formatCount(info->file.size)));
    updateDigest(*info);
    set(m_file, QFileInfo(m_path).fileName(), m_path);
    const QString note = m_library.note(m_path);
    set(m_note, note.isEmpty() ? u"–"_s : note, note);
    updateJob();
}

void BundleDetails::updateState(const BundleInfo& info)
{
    m_glyph->setGlyph(m_library.glyph(info));
    const auto verified = m_library.verification(m_path);
    QString title, text;
    switch (info.state) {
    case BundleInfo::State::Reading: title = tr("Reading the bundle…"); break;
    case BundleInfo::State::Writing:
        title = tr("A backup is being written");
        text = tr("It can be used when the run has ended.");
        break;
    case BundleInfo::State::CutOff:
    case BundleInfo::State::Damaged:
        title = info.state == BundleInfo::State::CutOff ? tr("The bundle is cut off") : tr("The bundle is damaged");
        text = info.error ? info.error->message : QString();
        break;
    case BundleInfo::State::Unreadable:
        title = tr("The bundle cannot be read");
        text = info.error ? info.error->message : QString();
        break;
    case BundleInfo::State::Readable:
        if (!verified)
            title = tr("Not verified on this computer");
        else if (verified->whole)
            title = tr("Verified %1").arg(formatMoment(verified->when).replace(0, 1, formatMoment(verified->when).at(0).toLower()));
        else
            title = tr("The bundle is damaged");
        text = verified && !verified->whole ? verified->problem
                                            : (verified ? tr("%1 of %2 components, every stream whole") : tr("%1 of %2 components")).arg(info.wholeComponents()).arg(info.expectedComponents());
        if (const QStringList missing = info.missing(); !missing.isEmpty())
            text += u'\n' + missing.mid(0, 3).join(u'\n') + (missing.size() > 3 ? u'\n' + tr("%n more", nullptr, int(missing.size()) - 3) : QString());
        break;
    }
    m_state->setText(title);
    m_stateText->setText(cut(text));
    m_stateText->setVisible(!text.isEmpty());
    m_state->setToolTip(verified ? plainTip(formatExact(verified->when)) : QString());
}

void BundleDetails::updateDigest(const BundleInfo& info)
{
    const QString digest = QString::fromLatin1(m_jobs.fileDigest(m_path));
    const bool readable = info.state != BundleInfo::State::Writing && info.state != BundleInfo::State::Reading;
    set(m_digest, digest.isEmpty() ? QString() : digest.left(8) + u" … "_s + digest.right(8), digest);
    m_digest.name->setVisible(readable);
    m_copy->setVisible(!digest.isEmpty());
    const BundleJob* running = m_jobs.running(m_path);
    m_compute->setVisible(digest.isEmpty() && readable);
    m_compute->setEnabled(!running || running->kind != BundleJob::Kind::Digest);
}

void BundleDetails::updateJob()
{
    const BundleJob* running = m_jobs.running(m_path);
    m_job->setVisible(running && !m_path.isEmpty());
    if (!running)
        return;
    m_jobTitle->setText(running->percent < 0 ? running->title : tr("%1 (%2 %)").arg(running->title).arg(running->percent));
    m_progress->setPercent(running->percent);
    m_compute->setEnabled(running->kind != BundleJob::Kind::Digest);
}

QString BundleDetails::asText() const
{
    QStringList lines{m_state->text()};
    for (const Row& row : {m_taken, m_until, m_by, m_version, m_spread, m_size, m_file, m_note}) {
        if (!row.value->text().isEmpty())
            lines.append(row.name->text() + u": "_s + row.value->text());
    }
    if (const QByteArray digest = m_jobs.fileDigest(m_path); !digest.isEmpty())
        lines.append(u"SHA-256: "_s + QString::fromLatin1(digest));
    return lines.join(u'\n');
}

} // namespace scalekeep::widgets
