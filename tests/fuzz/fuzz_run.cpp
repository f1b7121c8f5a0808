#include "targets.h"

#include "engine/base/digest.h"
#include "engine/run/past.h"
#include "engine/run/session.h"
#include "models/backup/plancontent.h"
#include "models/run/runfold.h"

#include <QJsonArray>
#include <QJsonDocument>

using namespace Qt::Literals::StringLiterals;

namespace scalekeep::fuzz {
QByteArray chained(const QByteArray& lines)
{
    QByteArray result, previous(64, '0');
    qint64 number = 0;
    for (const QByteArray& line : lines.split('\n')) {
        QJsonObject json = QJsonDocument::fromJson(line).object();
        if (json.isEmpty())
            continue;
        QJsonObject data = json["data"_L1].toObject();
        if (const auto plan = plan::fromJson(data["plan"_L1].toObject())) {
            data["planSha256"_L1] = QString::fromLatin1(plan->digest());
            json["data"_L1] = data;
        }
        json["number"_L1] = number++;
        json["prev"_L1] = QString::fromLatin1(previous);
        const QByteArray made = QJsonDocument(json).toJson(QJsonDocument::Compact);
        previous = Sha256::of(made);
        result += made + '\n';
    }
    return result;
}

namespace {
void fold(const plan::Plan& plan, const QList<run::Event>& events)
{
    models::RunFold fold;
    fold.setPlan(plan);
    for (const run::Event& event : events) {
        fold.apply(event);
        require(fold.percent() >= 0 && fold.percent() <= 100);
    }
    fold.tick(QDateTime(QDate(2030, 1, 1), QTime(0, 0), Qt::UTC));
    require(fold.log().size() <= models::RunFold::MaxLogLines);
    (void)fold.bytesDone();
    (void)fold.bytesTotal();
    for (const QString& id : fold.undoable())
        (void)fold.stepMillisecondsLeft(id);
}
} // namespace

// An even choice: the file as it is; an odd one: with its chain made right.
void journal(std::uint8_t choice, std::span<const char> data)
{
    const QByteArray content = choice % 2 == 0 ? QByteArray(bytesOf(data)) : chained(bytesOf(data));
    const QString path = scratchFile(u"runs/r/journal.jsonl"_s, content);
    require(path == run::Session::journalPath(scratch(), u"r"_s));
    const auto events = run::Journal::read(path);
    require(events || !events.error().message.isEmpty());
    const auto past = run::readPast(scratch(), u"r"_s);
    require(past ? events.has_value() && past->events == *events : !past.error().message.isEmpty());
    if (events)
        fold(past ? past->plan : plan::Plan{}, *events);
    const auto reopened = run::Journal::reopen(path);
    require(reopened.has_value() == events.has_value());
    if (reopened) {
        require((*reopened)->append({.type = u"run-resumed"_s}, false).has_value());
        const auto more = run::Journal::read(path);
        require(more.has_value() && more->size() == events->size() + 1);
    }
}

void plan(std::uint8_t /*choice*/, std::span<const char> data)
{
    const auto plan = plan::fromJson(QJsonDocument::fromJson(bytesOf(data)).object());
    if (!plan)
        return require(!plan.error().message.isEmpty());
    const auto again = plan::fromJson(plan::toJson(*plan));
    require(again.has_value() && *again == *plan && again->digest() == plan->digest());
    (void)plan::toShell(*plan);
    fold(*plan, {});
}

// A plan that the user saved on the backup page.
void savedPlan(std::uint8_t /*choice*/, std::span<const char> data)
{
    const auto content = models::planContentFromJson(QJsonDocument::fromJson(bytesOf(data)).object());
    if (!content)
        return require(!content.error().message.isEmpty());
    require(models::planContentFromJson(models::toJson(*content)) == *content);
    require(content->options.parallel >= 1 && content->options.parallel <= models::mostParallelStreams);
}

} // namespace scalekeep::fuzz
