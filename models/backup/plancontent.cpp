#include "models/backup/plancontent.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QRegularExpression>

#include <algorithm>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

namespace {
struct Texts {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::PlanContent)
};

constexpr int formatVersion = 1;
constexpr qsizetype mostNamespaces = 64, mostComponents = 64, longestName = 253, longestPath = 4096;

bool isName(const QString& text)
{
    static const QRegularExpression forbidden(u"[\\x{0}-\\x{1f}\\x{7f}-\\x{9f}\\x{2028}\\x{2029}]"_s);
    return !text.isEmpty() && text.size() <= longestName && !forbidden.match(text).hasMatch();
}

tl::unexpected<Error> notAPlan(const QString& why)
{
    return fail(ErrorCode::BadInput, Texts::tr("This is not a saved plan: %1").arg(why), Texts::tr("The plan on the page was not changed. Delete the saved one, or put it together again."));
}
} // namespace

const Selection* PlanContent::selection(const NamespaceRef& where) const
{
    const auto found = std::find_if(selections.begin(), selections.end(), [&](const Selection& each) { return each.where == where; });
    return found == selections.end() ? nullptr : &*found;
}

QJsonObject toJson(const PlanContent& content)
{
    QJsonArray namespaces;
    for (const Selection& each : content.selections)
        namespaces.append(QJsonObject{{u"cluster"_s, each.where.cluster}, {u"namespace"_s, each.where.name}, {u"components"_s, QJsonArray::fromStringList(each.components)}});
    const PlanOptions& options = content.options;
    return {{u"format"_s, formatVersion},
            {u"namespaces"_s, namespaces},
            {u"folder"_s, options.folder},
            {u"quiesce"_s, options.quiesce},
            {u"verify"_s, options.verifyAfterwards},
            {u"compress"_s, options.compress},
            {u"parallel"_s, options.parallel}};
}

Result<PlanContent> planContentFromJson(const QJsonObject& json)
{
    if (json.value(u"format").toInt() != formatVersion)
        return notAPlan(Texts::tr("its format is not known."));
    PlanContent content;
    const QJsonArray namespaces = json.value(u"namespaces").toArray();
    if (namespaces.size() > mostNamespaces)
        return notAPlan(Texts::tr("it names too many namespaces."));
    for (const QJsonValue& value : namespaces) {
        Selection selection{.where = {value[u"cluster"].toString(), value[u"namespace"].toString()}, .components = {}};
        const QJsonArray components = value[u"components"].toArray();
        if (!isName(selection.where.cluster) || !isName(selection.where.name) || content.selection(selection.where))
            return notAPlan(Texts::tr("a namespace in it has no usable name."));
        if (components.isEmpty() || components.size() > mostComponents)
            return notAPlan(Texts::tr("%1 has no components in it, or too many.").arg(selection.where.title()));
        for (const QJsonValue& component : components) {
            const QString id = component.toString();
            if (!isName(id) || selection.components.contains(id))
                return notAPlan(Texts::tr("a component of %1 has no usable name.").arg(selection.where.title()));
            selection.components.append(id);
        }
        content.selections.append(selection);
    }
    content.options.folder = json.value(u"folder").toString();
    if (content.options.folder.size() > longestPath || content.options.folder.contains(QChar::Null))
        return notAPlan(Texts::tr("its folder is not one."));
    content.options.quiesce = json.value(u"quiesce").toBool(false);
    content.options.verifyAfterwards = json.value(u"verify").toBool(true);
    content.options.compress = json.value(u"compress").toBool(true);
    content.options.parallel = std::clamp(json.value(u"parallel").toInt(3), 1, mostParallelStreams);
    return content;
}

} // namespace scalekeep::models
