#include "engine/compare/rules.h"

#include "engine/base/files.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSet>

#include <algorithm>

namespace scalekeep::compare {

using namespace Qt::Literals::StringLiterals;

namespace {
constexpr qsizetype MaxRules = 500;
constexpr qsizetype MaxPattern = 1000;

QJsonObject toJson(const Rule& rule)
{
    return {{u"id"_s, rule.id}, {u"title"_s, rule.title}, {u"kind"_s, rule.kind}, {u"name"_s, rule.name}, {u"field"_s, rule.field}, {u"enabled"_s, rule.enabled}, {u"builtin"_s, rule.builtin}};
}

tl::unexpected<Error> bad(const QString& rule, const QString& what)
{
    return fail(ErrorCode::BadInput, u"The noise rule %1 %2."_s.arg(rule, what), u"Correct the file, or leave it out for the built-in rules."_s);
}

Result<Rule> ruleFrom(const QJsonValue& value, qsizetype number)
{
    const QString fallback = QString::number(number + 1);
    if (!value.isObject())
        return bad(fallback, u"is no object"_s);
    const QJsonObject json = value.toObject();
    Rule rule;
    const std::pair<QLatin1StringView, QString*> texts[] = {{"id"_L1, &rule.id}, {"title"_L1, &rule.title}, {"kind"_L1, &rule.kind}, {"name"_L1, &rule.name}, {"field"_L1, &rule.field}};
    const std::pair<QLatin1StringView, bool*> switches[] = {{"enabled"_L1, &rule.enabled}, {"builtin"_L1, &rule.builtin}};
    for (auto it = json.begin(); it != json.end(); ++it) {
        const auto text = std::ranges::find(texts, it.key(), &std::pair<QLatin1StringView, QString*>::first);
        const auto flag = std::ranges::find(switches, it.key(), &std::pair<QLatin1StringView, bool*>::first);
        if (text != std::end(texts)) {
            if (!it->isString() || it->toString().size() > MaxPattern)
                return bad(fallback, u"has a member “%1” that is no text of at most %2 characters"_s.arg(it.key()).arg(MaxPattern));
            *text->second = it->toString();
        } else if (flag != std::end(switches)) {
            if (!it->isBool())
                return bad(fallback, u"has a member “%1” that is neither true nor false"_s.arg(it.key()));
            *flag->second = it->toBool();
        } else {
            return bad(fallback, u"has an unknown member “%1”"_s.arg(it.key().left(60)));
        }
    }
    if (rule.id.isEmpty())
        return bad(fallback, u"has no id"_s);
    // A rule without any pattern would call every difference noise.
    if (rule.kind.isEmpty() && rule.name.isEmpty() && rule.field.isEmpty())
        return bad(rule.id, u"names neither a kind nor a name nor a field"_s);
    return rule;
}
} // namespace

Rules Rules::standard()
{
    // On: what changes by itself and is never restored. Off: what may well be a change that somebody made.
    const QString workloads = u"Deployment|DeploymentConfig|StatefulSet"_s;
    const QString template_ = u"spec.template.metadata."_s;
    return {{
        {u"file-times"_s, u"Modification times of files and folders"_s, u"file|directory|symlink|hardlink|fifo|device"_s, {}, u"modified"_s, true, true},
        {u"expired-keys"_s, u"Redis keys whose time to live was over"_s, u"prefix"_s, {}, u"expired"_s, true, true},
        {u"probe-keys"_s, u"Redis keys that probes write"_s, u"prefix"_s, u"liveness-probe*|readiness-probe*"_s, {}, true, true},
        {u"rollout-times"_s, u"Times of rollouts and other time stamps in annotations"_s, {}, {}, u"*annotations*imestamp*|*annotations*edAt*|*annotations*-time*|*annotations*-date*"_s, true, true},
        {u"generated-by"_s, u"Notes of tools and the platform in annotations"_s, {}, {}, u"*annotations*openshift.io/generated*|*annotations*openshift.io/host.generated*|*annotations*openshift.io/deployment*|*annotations*image.openshift.io/triggers*|*annotations*kubectl.kubernetes.io/*|*annotations*meta.helm.sh/*"_s, true, true},
        {u"owners"_s, u"Owner references, which an operator sets"_s, {}, {}, u"metadata.ownerReferences*|metadata.finalizers*"_s, true, true},
        {u"generated-names"_s, u"Names and labels that the platform makes"_s, {}, {}, u"metadata.generateName|metadata.labels.pod-template-hash|%1labels.pod-template-hash|metadata.labels.controller-uid"_s.arg(template_), true, true},
        {u"database-rights"_s, u"Owners, rights and comments in PostgreSQL"_s, u"owner|privilege|comment"_s, {}, {}, true, true},
        {u"replicas"_s, u"Replica counts"_s, workloads, {}, u"spec.replicas"_s, false, true},
        {u"images"_s, u"Images and their digests"_s, workloads + u"|ImageStream|CronJob"_s, {}, u"*.image|spec.tags*"_s, false, true},
        {u"annotations"_s, u"All annotations"_s, {}, {}, u"metadata.annotations*|%1annotations*"_s.arg(template_), false, true},
        {u"file-modes"_s, u"Rights of files and folders"_s, u"file|directory|symlink|hardlink|fifo|device"_s, {}, u"mode"_s, false, true},
        {u"sequences"_s, u"Values of sequences"_s, u"sequence"_s, {}, u"value"_s, false, true},
        {u"log-tables"_s, u"Tables that only log what happened"_s, u"table"_s, u"*log_entries|*audits|*message_recipients|*sessions|*que_jobs"_s, u"content"_s, false, true},
    }};
}

int Rules::enabledCount() const
{
    return static_cast<int>(std::ranges::count_if(list, &Rule::enabled));
}

QJsonObject Rules::toJson() const
{
    QJsonArray rules;
    for (const Rule& rule : list)
        rules.append(compare::toJson(rule));
    return {{u"format"_s, u"scalekeep-noise-rules"_s}, {u"version"_s, 1}, {u"rules"_s, rules}};
}

Result<Rules> Rules::fromJson(const QJsonObject& json)
{
    if (json["format"_L1] != "scalekeep-noise-rules"_L1 || json["version"_L1].toInt() != 1 || !json["rules"_L1].isArray())
        return fail(ErrorCode::BadInput, u"This is no file of noise rules of version 1."_s, u"The member “format” of such a file is “scalekeep-noise-rules”."_s);
    const QJsonArray array = json["rules"_L1].toArray();
    if (array.size() > MaxRules)
        return fail(ErrorCode::BadInput, u"The file holds more than %1 noise rules."_s.arg(MaxRules));
    Rules rules = standard();
    QSet<QString> seen;
    for (qsizetype i = 0; i < array.size(); ++i) {
        auto rule = ruleFrom(array.at(i), i);
        if (!rule)
            return fail(rule.error());
        if (seen.contains(rule->id))
            return bad(rule->id, u"is there twice"_s);
        seen.insert(rule->id);
        const auto known = std::ranges::find(rules.list, rule->id, &Rule::id);
        if (known != rules.list.end()) {
            known->enabled = rule->enabled; // what a built-in rule means is the program's, whatever an older file says
        } else if (!rule->builtin) { // of a version that had other built-in rules
            rules.list.append(*rule);
        }
    }
    return rules;
}

Result<Rules> Rules::read(const QString& path)
{
    constexpr qint64 largest = 1024 * 1024;
    const auto text = readFile(path, largest);
    if (!text)
        return fail(text.error());
    QJsonParseError parsing{};
    const QJsonDocument json = QJsonDocument::fromJson(*text, &parsing);
    if (parsing.error != QJsonParseError::NoError)
        return fail(ErrorCode::BadInput, u"The noise rules in %1 are no JSON: %2, at byte %3."_s.arg(path, parsing.errorString()).arg(parsing.offset));
    return fromJson(json.object());
}

bool NoiseFilter::Pattern::matches(const QString& text) const
{
    return any || expression.match(text).hasMatch();
}

NoiseFilter::Pattern NoiseFilter::pattern(const QString& glob)
{
    if (glob.isEmpty() || glob == u"*")
        return {true, {}};
    // Not Qt's conversion, for which a slash ends what `*` stands for: fields and names are full of slashes.
    QStringList alternatives;
    for (const QString& part : glob.split(u'|', Qt::SkipEmptyParts))
        alternatives.append(QRegularExpression::escape(part).replace("\\*"_L1, ".*"_L1).replace("\\?"_L1, "."_L1));
    return {false, QRegularExpression(QRegularExpression::anchoredPattern(alternatives.join(u'|')), QRegularExpression::DotMatchesEverythingOption)};
}

NoiseFilter::NoiseFilter(const Rules& rules)
{
    for (qsizetype i = 0; i < rules.list.size(); ++i) {
        const Rule& rule = rules.list.at(i);
        if (rule.enabled)
            m_rules.append({static_cast<int>(i), pattern(rule.kind), pattern(rule.name), pattern(rule.field)});
    }
}

int NoiseFilter::matches(const QString& kind, const QString& name, const QString& field) const
{
    for (const Ready& rule : m_rules) {
        if (rule.kind.matches(kind) && rule.field.matches(field) && rule.name.matches(name))
            return rule.index;
    }
    return -1;
}

} // namespace scalekeep::compare
