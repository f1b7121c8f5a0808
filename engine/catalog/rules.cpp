#include "engine/catalog/rules.h"

#include "engine/base/files.h"

namespace scalekeep::catalog {

using namespace Qt::Literals::StringLiterals;

namespace {

constexpr qsizetype longestValue = 1000;

struct Looked {
    QLatin1StringView resource, kind, group;
};

// The objects that an inventory holds and a rule may look at.
constexpr Looked looked[] = {
    {"apimanagers.apps.3scale.net"_L1, "APIManager"_L1, "apps.3scale.net"_L1},
    {"configmaps"_L1, "ConfigMap"_L1, ""_L1},
    {"deploymentconfigs.apps.openshift.io"_L1, "DeploymentConfig"_L1, "apps.openshift.io"_L1},
    {"deployments.apps"_L1, "Deployment"_L1, "apps"_L1},
    {"imagestreams.image.openshift.io"_L1, "ImageStream"_L1, "image.openshift.io"_L1},
    {"secrets"_L1, "Secret"_L1, ""_L1},
    {"services"_L1, "Service"_L1, ""_L1},
};

// "a.b", "a[*].b", 'a["key with.dots"]' as steps; empty when it is none of these.
QStringList steps(const QString& path)
{
    static const QRegularExpression step(u"\\G(?:\\.?([A-Za-z_][A-Za-z0-9_-]*)|\\[\"([^\"]+)\"\\]|\\[(\\*)\\])"_s);
    QStringList found;
    qsizetype at = 0;
    while (at < path.size()) {
        const auto match = step.match(path, at);
        if (!match.hasMatch())
            return {};
        found.append(match.captured(match.lastCapturedIndex()));
        at = match.capturedEnd();
    }
    return found;
}

// The texts that the path leads to.
void collect(const QJsonValue& value, const QStringList& path, qsizetype at, QStringList& found)
{
    if (at == path.size()) {
        if (value.isString())
            found.append(value.toString().left(longestValue));
        return;
    }
    if (path[at] != u"*") {
        collect(value[path[at]], path, at + 1, found);
        return;
    }
    for (const auto& item : value.toArray())
        collect(item, path, at + 1, found);
}

Rule ruleFrom(Fields entry)
{
    Rule rule;
    rule.id = entry.text(u"id"_s);
    const QString resource = entry.text(u"resource"_s);
    for (const Looked& each : looked) {
        if (resource == each.resource) {
            rule.kind = each.kind;
            rule.group = each.group;
        }
    }
    if (rule.kind.isEmpty())
        entry.fault(u"rules cannot look at “%1”"_s.arg(resource.left(100)));
    rule.name = QRegularExpression(QRegularExpression::wildcardToRegularExpression(entry.text(u"name"_s)));
    rule.result = entry.optionalText(u"result"_s);
    rule.reason = entry.text(u"reason"_s);
    rule.likely = entry.optionalFlag(u"likely"_s);
    if (entry.has(u"value")) {
        rule.path = steps(entry.text(u"value"_s));
        if (rule.path.isEmpty())
            entry.fault(u"“value” is not a path like a.b, a[*].b or a[\"b.c\"]"_s);
        rule.pattern.setPattern(entry.text(u"pattern"_s));
        if (!rule.pattern.isValid())
            entry.fault(u"“pattern” is not a regular expression: %1"_s.arg(rule.pattern.errorString()));
        if (rule.result.isEmpty() && rule.pattern.captureCount() < 1)
            entry.fault(u"“pattern” needs a group, as there is no “result”"_s);
    } else if (rule.result.isEmpty()) {
        entry.fault(u"a rule without “value” needs a “result”"_s);
    }
    entry.finish();
    return rule;
}

std::optional<Match> matchOf(const Rule& rule, const QJsonObject& object)
{
    const QString name = object[u"metadata"][u"name"].toString();
    const QString group = object[u"apiVersion"].toString().section(u'/', 0, -2);
    if (object[u"kind"].toString() != rule.kind || group != rule.group || !rule.name.match(name).hasMatch())
        return std::nullopt;
    Match match{rule.id, rule.result, QString(rule.reason).replace(u"{name}"_s, name.left(longestValue)), rule.likely};
    if (rule.path.isEmpty())
        return match;
    QStringList values;
    collect(object, rule.path, 0, values);
    for (const QString& value : std::as_const(values)) {
        const auto found = rule.pattern.match(value);
        if (!found.hasMatch())
            continue;
        if (match.result.isEmpty())
            match.result = found.captured(1);
        match.reason.replace(u"{value}"_s, value);
        return match;
    }
    return std::nullopt;
}

} // namespace

Result<Rules> readRules(const QString& path)
{
    const auto content = readFile(path, yaml::Limits{}.bytes);
    if (!content)
        return fail(content.error());
    const auto root = yaml::parse(*content, path);
    if (!root)
        return fail(root.error());
    Faults faults(path);
    Fields fields(*root, faults, u"the file"_s);
    if (fields.number(u"format"_s, 1, 1000) != 1)
        fields.fault(u"this program reads format 1"_s);
    const auto list = [&fields](const QString& key) {
        QList<Rule> rules;
        for (Fields& entry : fields.maps(key))
            rules.append(ruleFrom(entry));
        return rules;
    };
    Rules rules{list(u"present"_s), list(u"version"_s), list(u"flavour"_s), list(u"workload_kind"_s)};
    fields.finish();
    if (faults.first())
        return fail(*faults.first());
    return rules;
}

QList<Match> matches(const QList<Rule>& rules, const QJsonArray& objects)
{
    QList<Match> found;
    for (const Rule& rule : rules) {
        for (const auto& object : objects) {
            if (const auto match = matchOf(rule, object.toObject())) {
                found.append(*match);
                break;
            }
        }
    }
    return found;
}

} // namespace scalekeep::catalog
