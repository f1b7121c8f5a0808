#include "models/bundles/bundlejobs.h"

#include "engine/base/files.h"
#include "engine/bundle/extract.h"
#include "engine/store/contentcheck.h"
#include "models/common/format.h"

#include <QDir>
#include <QStandardPaths>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype mostJobs = 200;
constexpr int ticksASecond = 4;

QString nameOf(const QString& path)
{
    return QFileInfo(path).fileName();
}
} // namespace

BundleJobs::BundleJobs(const Workplace& workplace, BundleLibrary& library, QObject* parent) : QObject(parent), m_workplace(workplace), m_library(library)
{
    m_timer.setInterval(1000 / ticksASecond);
    connect(&m_timer, &QTimer::timeout, this, &BundleJobs::tick);
}

BundleJobs::~BundleJobs()
{
    for (const auto& control : std::as_const(m_controls))
        control->stop.request_stop();
}

const BundleJob* BundleJobs::job(int id) const
{
    const auto found = std::find_if(m_jobs.begin(), m_jobs.end(), [id](const BundleJob& each) { return each.id == id; });
    return found == m_jobs.end() ? nullptr : &*found;
}

const BundleJob* BundleJobs::running(const QString& bundle) const
{
    const auto found = std::find_if(m_jobs.begin(), m_jobs.end(), [&](const BundleJob& each) { return each.bundle == bundle && each.state == BundleJob::State::Running; });
    return found == m_jobs.end() ? nullptr : &*found;
}

QList<BundleJob> BundleJobs::runningJobs() const
{
    QList<BundleJob> list;
    std::copy_if(m_jobs.begin(), m_jobs.end(), std::back_inserter(list), [](const BundleJob& each) { return each.state == BundleJob::State::Running; });
    return list;
}

QByteArray BundleJobs::fileDigest(const QString& bundle) const
{
    return m_digests.value(FileStamp::of(bundle).key());
}

int BundleJobs::runningId(BundleJob::Kind kind, const QString& bundle) const
{
    for (const BundleJob& each : m_jobs) {
        if (each.kind == kind && each.bundle == bundle && each.state == BundleJob::State::Running)
            return each.id;
    }
    return 0;
}

int BundleJobs::start(BundleJob job, Work work)
{
    job.id = m_next++;
    const int id = job.id;
    const FileStamp file = FileStamp::of(job.bundle);
    const auto control = std::make_shared<Control>();
    m_controls.insert(id, control);
    // Ended ones make room; running ones are never many.
    for (qsizetype i = 0; i < m_jobs.size() && m_jobs.size() >= mostJobs;) {
        if (m_jobs.at(i).state == BundleJob::State::Running)
            ++i;
        else
            m_jobs.removeAt(i);
    }
    m_jobs.append(std::move(job));
    m_timer.start();
    Q_EMIT started(id);
    m_workplace.inBackground(this, [control, work = std::move(work)] { return work(*control); }, [this, id, file](const Outcome& outcome) { finish(id, file, outcome); });
    return id;
}

void BundleJobs::tick()
{
    for (BundleJob& each : m_jobs) {
        const auto control = m_controls.value(each.id);
        if (!control || control->total <= 0)
            continue;
        // A total that turns out larger never moves the bar back.
        const int percent = int(std::clamp<qint64>(control->done * 100 / control->total, 0, 100));
        if (percent <= each.percent)
            continue;
        each.percent = percent;
        Q_EMIT progressed(each.id);
    }
}

void BundleJobs::finish(int id, const FileStamp& file, const Outcome& outcome)
{
    m_controls.remove(id);
    if (m_controls.isEmpty())
        m_timer.stop();
    const auto found = std::find_if(m_jobs.begin(), m_jobs.end(), [id](const BundleJob& each) { return each.id == id; });
    found->error = outcome.error;
    found->result = outcome.error ? outcome.error->message : outcome.result;
    found->output = outcome.output;
    found->details = outcome.details;
    found->state = !outcome.error ? BundleJob::State::Done : outcome.error->code == ErrorCode::Cancelled ? BundleJob::State::Cancelled : BundleJob::State::Failed;
    found->percent = found->state == BundleJob::State::Done ? 100 : found->percent;
    // What was found is only true of the file as it was before and after.
    if (FileStamp::of(file.path) == file) {
        if (outcome.verification)
            m_library.setVerification(file, *outcome.verification);
        if (!outcome.digest.isEmpty())
            m_digests.insert(file.key(), outcome.digest);
    }
    Q_EMIT ended(id);
}

void BundleJobs::cancel(int id)
{
    if (const auto control = m_controls.value(id))
        control->stop.request_stop();
}

// --------------------------------------------------------------------------------------------------------- operations

int BundleJobs::verify(const QString& bundle)
{
    if (const int known = runningId(BundleJob::Kind::Verify, bundle))
        return known;
    BundleJob job;
    job.kind = BundleJob::Kind::Verify;
    job.bundle = bundle;
    job.title = tr("Verifying %1").arg(nameOf(bundle));
    return start(job, [bundle](Control& control) { return runVerify(bundle, control); });
}

BundleJobs::Outcome BundleJobs::runVerify(const QString& bundle, Control& control)
{
    Outcome outcome;
    const auto broken = [&outcome](const QString& problem) { outcome.verification = Verification{QDateTime::currentDateTimeUtc(), false, problem}; };
    const auto reader = bundle::Reader::open(bundle);
    if (!reader) {
        outcome.error = reader.error();
        if (reader.error().code == ErrorCode::Damaged || reader.error().code == ErrorCode::TruncatedStream)
            broken(reader.error().message);
        return outcome;
    }
    const auto report = (*reader)->verify(
        [&control](qint64 done, qint64 total) {
            control.total = total;
            control.done = done;
        },
        control.stop.get_token(), store::contentChecks(**reader));
    if (!report) {
        outcome.error = report.error();
        return outcome;
    }
    outcome.details = report->problems;
    if (!report->whole) {
        broken(report->problems.value(0));
        outcome.error = Error{ErrorCode::Damaged, report->problems.value(0), report->problems.join(u'\n'), tr("The bundle is left as it is. Salvage saves what is whole in it into a new one.")};
        return outcome;
    }
    outcome.verification = Verification{QDateTime::currentDateTimeUtc(), true, {}};
    qint64 data = 0;
    for (const bundle::Stream& stream : (*reader)->manifest().streams)
        data += stream.bytes;
    outcome.result = tr("%1 is whole: %2 of data, end marks and indexes included.").arg(nameOf(bundle), formatBytes(data));
    return outcome;
}

int BundleJobs::extract(const ExtractRequest& request)
{
    BundleJob job;
    job.kind = BundleJob::Kind::Extract;
    job.bundle = request.bundle;
    job.title = request.file.isEmpty() ? tr("Extracting from %1").arg(nameOf(request.bundle)) : tr("Extracting %1").arg(request.fileName);
    return start(job, [request](Control& control) { return runExtract(request, control); });
}

BundleJobs::Outcome BundleJobs::runExtract(const ExtractRequest& request, Control& control)
{
    Outcome outcome;
    outcome.output = request.folder;
    const auto reader = bundle::Reader::open(request.bundle);
    if (!reader) {
        outcome.error = reader.error();
        return outcome;
    }
    if (!request.file.isEmpty()) {
        const bundle::Stream* stream = (*reader)->stream(request.fileComponent, request.fileStream);
        // The name is out of the archive: only its last part, and nothing that means another place.
        const QString name = request.fileName.section(u'/', -1);
        if (!stream || name.isEmpty() || name == u"." || name == u".." || name.contains(QChar(0)) || name.contains(u'\\')) {
            outcome.error = Error{ErrorCode::Usage, tr("“%1” cannot be extracted by itself.").arg(request.fileName), {}, tr("Extract the whole component instead.")};
            return outcome;
        }
        if (const auto made = QFileInfo::exists(request.folder) ? Result<void>() : makePrivateDirectory(request.folder); !made) {
            outcome.error = made.error();
            return outcome;
        }
        control.total = stream->bytes;
        outcome.output = QDir(request.folder).filePath(name);
        if (const auto done = bundle::extractFile(**reader, *stream, request.file, request.fileSha256, outcome.output, [&control](qint64 bytes) { control.done = bytes; }, control.stop.get_token()); !done)
            outcome.error = done.error();
        outcome.result = tr("%1 was extracted and its digest compared.").arg(name);
        return outcome;
    }
    QList<bundle::Stream> streams = (*reader)->manifest().streams;
    erase_if(streams, [&](const bundle::Stream& stream) { return !request.components.isEmpty() && !request.components.contains(stream.component); });
    qint64 total = 0, before = 0;
    for (const bundle::Stream& stream : streams)
        total += stream.bytes;
    control.total = total;
    if (const qint64 free = freeBytes(request.folder); free >= 0 && free < total) {
        outcome.error = Error{ErrorCode::NoSpace, tr("There is not enough room in “%1”: %2 are needed, %3 are free.").arg(request.folder, formatBytes(total), formatBytes(free)), {},
                              tr("Nothing was extracted. Choose another folder, or fewer components.")};
        return outcome;
    }
    for (const bundle::Stream& stream : streams) {
        const auto done = bundle::extractStream(**reader, stream, request.folder, [&control, before](qint64 bytes) { control.done = before + bytes; }, control.stop.get_token());
        if (!done) {
            outcome.error = done.error();
            return outcome;
        }
        before += stream.bytes;
        outcome.details.append(bundle::extractedPath(request.folder, stream));
    }
    outcome.result = streams.size() == 1 ? tr("One file was extracted and its digest compared.") : tr("%n files were extracted and their digests compared.", nullptr, int(streams.size()));
    if (streams.isEmpty())
        outcome.error = Error{ErrorCode::Usage, tr("The bundle has no data of %1.").arg(request.components.join(u", "_s)), {}, tr("Nothing was extracted.")};
    return outcome;
}

int BundleJobs::salvage(const QString& bundle, const QString& output)
{
    if (const int known = runningId(BundleJob::Kind::Salvage, bundle))
        return known;
    BundleJob job;
    job.kind = BundleJob::Kind::Salvage;
    job.bundle = bundle;
    job.title = tr("Salvaging %1").arg(nameOf(bundle));
    return start(job, [bundle, output](Control& control) {
        Outcome outcome;
        outcome.output = output;
        const auto saved = bundle::salvage(bundle, output, control.stop.get_token());
        if (!saved) {
            outcome.error = saved.error();
            return outcome;
        }
        for (const QString& each : saved->saved)
            outcome.details.append(tr("Saved: %1").arg(each));
        for (const QString& each : saved->lost)
            outcome.details.append(tr("Lost: %1").arg(each));
        outcome.result = (saved->saved.size() == 1 ? tr("One stream was saved into %1 and read back.") : tr("%n streams were saved into %1 and read back.", nullptr, int(saved->saved.size()))).arg(nameOf(output));
        return outcome;
    });
}

int BundleJobs::digest(const QString& bundle)
{
    if (const int known = runningId(BundleJob::Kind::Digest, bundle))
        return known;
    BundleJob job;
    job.kind = BundleJob::Kind::Digest;
    job.bundle = bundle;
    job.title = tr("SHA-256 of %1").arg(nameOf(bundle));
    return start(job, [bundle](Control& control) {
        Outcome outcome;
        const auto digest = bundle::fileDigest(bundle, control.stop.get_token());
        if (digest) {
            outcome.digest = *digest;
            outcome.result = tr("The SHA-256 of %1 is known.").arg(nameOf(bundle));
        } else {
            outcome.error = digest.error();
        }
        return outcome;
    });
}

// -------------------------------------------------------------------------------------------------------------- trash

void BundleJobs::moveToTrash(const QString& bundle, QObject* context, TrashAnswer answer)
{
    struct Moved {
        Result<void> done;
        QString where;
    };
    m_workplace.inBackground(
        context,
        [bundle] {
            // Qt takes the working folder for the trash where the user has no data folder yet.
            QDir().mkpath(QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation));
            QFile file(bundle);
            Moved moved;
            // It renames the object to where the file went.
            if (!file.moveToTrash())
                moved.done = fail(ErrorCode::Io, tr("“%1” could not be moved to the trash.").arg(bundle),
                                  tr("It was left as it is. The folder may be read-only, or its disk may have no trash: delete the file with your file manager."), file.errorString());
            else if (file.fileName() != bundle)
                moved.where = file.fileName();
            return moved;
        },
        [this, answer = std::move(answer)](const Moved& moved) {
            answer(moved.done, moved.where);
            m_library.refresh();
        });
}

void BundleJobs::bringBack(const QString& trashed, const QString& bundle, QObject* context, std::function<void(const Result<void>&)> answer)
{
    m_workplace.inBackground(
        context,
        [trashed, bundle]() -> Result<void> {
            if (auto moved = renameWithoutReplacing(trashed, bundle); !moved)
                return moved;
            // The trash's own record of the file (freedesktop.org Trash specification).
            const QFileInfo file(trashed);
            if (QDir folder = file.dir(); folder.dirName() == u"files" && folder.cdUp())
                QFile::remove(folder.filePath(u"info/%1.trashinfo"_s.arg(file.fileName())));
            return {};
        },
        [this, answer = std::move(answer)](const Result<void>& done) {
            answer(done);
            m_library.refresh();
        });
}

QString BundleJobs::salvagePath(const QString& bundle)
{
    QString base = bundle;
    for (const QString& end : {u".partial"_s, u".scalekeep.tar"_s}) {
        if (base.endsWith(end))
            base.chop(end.size());
    }
    for (int i = 1; i < 1000; ++i) {
        const QString path = i == 1 ? base + u"-salvaged.scalekeep.tar"_s : u"%1-salvaged-%2.scalekeep.tar"_s.arg(base).arg(i);
        if (!QFileInfo::exists(path) && !QFileInfo::exists(path + u".partial"_s))
            return path;
    }
    return base + u"-salvaged-"_s + randomHex(4) + u".scalekeep.tar"_s;
}

} // namespace scalekeep::models
