#pragma once

#include "engine/catalog/catalog.h"
#include "engine/cluster/inventory.h"
#include "engine/plan/plan.h"

#include <QJsonArray>

/// An installation that has all that its catalogue knows, as an inventory, and questions to a plan for it.
struct Installation {
    scalekeep::catalog::Catalog catalog;
    scalekeep::cluster::Inventory inventory;

    Installation(const QString& version, const QString& kind, const QString& flavour)
    {
        using namespace scalekeep;
        const auto found = catalog::catalogFor(version, kind, flavour);
        if (!found)
            qFatal("no catalogue: %s", qPrintable(found.error().message));
        catalog = *found;
        inventory.namespaceName = QStringLiteral("threescale");
        inventory.projectUid = QStringLiteral("uid-1");
        inventory.apiUrl = QStringLiteral("https://api.example.com:6443");
        for (const catalog::WorkloadFact& fact : catalog.workloads) {
            if (fact.name != u"system-postgresql") // MySQL is used
                add(kind, fact.name);
        }
        for (const QString& name : catalog.operatorDeployments)
            add(QStringLiteral("Deployment"), name);
        for (const catalog::Component& component : catalog.components) {
            if (component.claim.isEmpty() || component.id == u"system-postgresql")
                continue;
            cluster::Claim claim;
            claim.name = component.claim;
            inventory.claims.append(claim);
        }
        if (flavour == u"operator")
            inventory.objects.append(QJsonObject{{QStringLiteral("kind"), QStringLiteral("APIManager")}, {QStringLiteral("metadata"), QJsonObject{{QStringLiteral("name"), QStringLiteral("apimanager")}}}});
    }

private:
    void add(const QString& kind, const QString& name)
    {
        scalekeep::cluster::Workload workload;
        workload.kind = kind;
        workload.name = name;
        workload.desired = workload.ready = 1;
        inventory.workloads.append(workload);
    }
};

/// The steps of a plan in the order in which they stand.
class Order {
public:
    explicit Order(const scalekeep::plan::Plan& plan)
    {
        for (const scalekeep::plan::Stage& stage : plan.stages)
            steps += stage.steps;
    }
    /// -1: no such step.
    [[nodiscard]] qsizetype of(const QString& id) const
    {
        for (qsizetype i = 0; i < steps.size(); ++i) {
            if (steps[i].id == id)
                return i;
        }
        return -1;
    }
    [[nodiscard]] bool inOrder(const QStringList& ids) const
    {
        for (qsizetype i = 0; i < ids.size(); ++i) {
            if (of(ids[i]) < 0 || (i > 0 && of(ids[i - 1]) >= of(ids[i]))) {
                qWarning("“%s” is missing or not after what stands before it", qPrintable(ids[i]));
                return false;
            }
        }
        return true;
    }
    /// Names in the parameter `workloads` of a step.
    static QStringList workloads(const scalekeep::plan::Step& step)
    {
        QStringList names;
        for (const QJsonValue& each : step.parameters[u"workloads"].toArray())
            names.append(each[u"name"].toString());
        return names;
    }
    /// Where this action is first done to a workload; -1: never.
    [[nodiscard]] qsizetype first(const QString& action, const QString& workload) const
    {
        for (qsizetype i = 0; i < steps.size(); ++i) {
            if (steps[i].action == action && workloads(steps[i]).contains(workload))
                return i;
        }
        return -1;
    }

    QList<scalekeep::plan::Step> steps;
};
