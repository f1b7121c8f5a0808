#include "models/backup/planstore.h"

#include "engine/base/digest.h"
#include "engine/base/files.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>

#include <algorithm>

namespace scalekeep::models::planstore {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::PlanStore)
};

constexpr qint64 largestFile = 256LL * 1024;
constexpr qsizetype mostPlans = 500;

QString pathOf(const QString& folder, const QString& name)
{
    return QDir(folder).filePath(QString::fromLatin1(Sha256::of(name.toUtf8())).left(32) + u".json"_s);
}

Result<QJsonObject> readObject(const QString& path)
{
    const auto text = readFile(path, largestFile);
    if (!text)
        return fail(text.error());
    const QJsonDocument document = QJsonDocument::fromJson(*text);
    if (!document.isObject())
        return fail(ErrorCode::BadInput, Texts::tr("“%1” is not a saved plan.").arg(path), Texts::tr("The plan on the page was not changed. Delete the file and save the plan again."));
    return document.object();
}
} // namespace

QString nameProblem(const QString& name)
{
    if (name.trimmed().isEmpty())
        return Texts::tr("A plan needs a name.");
    if (name.size() > longestPlanName)
        return Texts::tr("A plan's name has %1 characters at most.").arg(longestPlanName);
    if (std::any_of(name.begin(), name.end(), [](QChar each) { return !each.isPrint() && !each.isSurrogate(); }))
        return Texts::tr("A plan's name has printable characters only.");
    return {};
}

QList<Saved> list(const QString& folder)
{
    QList<Saved> plans;
    const QFileInfoList files = QDir(folder).entryInfoList({u"*.json"_s}, QDir::Files | QDir::NoSymLinks, QDir::Name);
    for (const QFileInfo& file : files) {
        if (plans.size() >= mostPlans)
            break;
        const auto json = readObject(file.filePath());
        if (!json)
            continue;
        const QString name = json->value(u"name").toString();
        // The file's name must be the name's own: nobody gets another plan than the one that was chosen.
        if (nameProblem(name).isEmpty() && pathOf(folder, name) == file.filePath() && planContentFromJson(*json))
            plans.append({name, QDateTime::fromString(json->value(u"saved").toString(), Qt::ISODate)});
    }
    std::sort(plans.begin(), plans.end(), [](const Saved& a, const Saved& b) { return a.name.localeAwareCompare(b.name) < 0; });
    return plans;
}

Result<PlanContent> load(const QString& folder, const QString& name)
{
    const auto json = readObject(pathOf(folder, name));
    return json ? planContentFromJson(*json) : fail(json.error());
}

Result<void> save(const QString& folder, const QString& name, const PlanContent& content, bool overwrite)
{
    if (const QString problem = nameProblem(name); !problem.isEmpty())
        return fail(ErrorCode::Usage, problem, Texts::tr("Choose another name."));
    const QString path = pathOf(folder, name);
    if (!overwrite && QFileInfo::exists(path))
        return fail(ErrorCode::AlreadyExists, Texts::tr("There is a plan “%1” already.").arg(name), Texts::tr("Nothing was overwritten. Choose another name."));
    if (const auto made = makePrivateDirectory(folder); !made)
        return made;
    QJsonObject json = toJson(content);
    json[u"name"] = name;
    json[u"saved"] = QDateTime::currentDateTimeUtc().toString(Qt::ISODate);
    return writePrivateFile(path, QJsonDocument(json).toJson());
}

Result<void> rename(const QString& folder, const QString& from, const QString& to)
{
    const auto content = load(folder, from);
    if (!content)
        return fail(content.error());
    if (const auto saved = save(folder, to, *content, false); !saved)
        return saved;
    return remove(folder, from);
}

Result<void> remove(const QString& folder, const QString& name)
{
    QFile file(pathOf(folder, name));
    if (file.exists() && !file.remove())
        return fail(fileError(Texts::tr("Deleting the plan “%1”").arg(name), file));
    return {};
}

} // namespace scalekeep::models::planstore
