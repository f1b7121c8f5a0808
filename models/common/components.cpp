#include "models/common/components.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QUrl>

namespace scalekeep::models {

using namespace Qt::Literals::StringLiterals;

QMimeData* toMimeData(const QList<ComponentRef>& components)
{
    QJsonArray array;
    QStringList lines;
    for (const ComponentRef& each : components) {
        array.append(QJsonObject{{u"cluster"_s, each.where.cluster}, {u"namespace"_s, each.where.name}, {u"component"_s, each.component}});
        lines.append(each.component.isEmpty() ? each.where.title() : each.where.title() + u" / "_s + each.component);
    }
    auto* data = new QMimeData;
    data->setData(QLatin1String(componentsMimeType), QJsonDocument(array).toJson(QJsonDocument::Compact));
    data->setText(lines.join(u'\n'));
    return data;
}

QList<ComponentRef> componentsIn(const QMimeData* data)
{
    QList<ComponentRef> components;
    const QJsonArray array = QJsonDocument::fromJson(data->data(QLatin1String(componentsMimeType))).array();
    for (const QJsonValue& each : array) {
        const ComponentRef found{{each[u"cluster"].toString(), each[u"namespace"].toString()}, each[u"component"].toString()};
        if (!found.where.cluster.isEmpty() && !found.where.name.isEmpty() && !components.contains(found))
            components.append(found);
    }
    return components;
}

QStringList bundlesIn(const QMimeData* data)
{
    QStringList paths;
    const QList<QUrl> urls = data->urls();
    for (const QUrl& url : urls) {
        const QString path = url.toLocalFile();
        if (path.endsWith(u".scalekeep.tar"_s) || path.endsWith(u".scalekeep.tar.partial"_s))
            paths.append(path);
    }
    return paths;
}

QString iconOfComponent(const QString& engine, const QString& id)
{
    if (engine == u"mysql" || engine == u"postgresql")
        return u"database"_s;
    if (engine == u"redis")
        return u"layers"_s;
    if (engine == u"files")
        return u"folder"_s;
    static const QHash<QString, QString> names{{u"secrets"_s, u"key"_s}, {u"configmaps"_s, u"file"_s}, {u"routes"_s, u"route"_s}, {u"apimanager"_s, u"sliders"_s}};
    return names.value(id, u"cube"_s);
}

} // namespace scalekeep::models
