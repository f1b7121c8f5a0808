#pragma once

#include "engine/catalog/catalog.h"
#include "engine/compare/detail.h"
#include "engine/oc/client.h"

namespace scalekeep::compare {

/// A namespace as it is now: content and source without a bundle. Reads with the commands of a backup (Redis is asked for a BGSAVE, whose hard link is
/// removed afterwards); nothing is written here, and nothing in the cluster beside that link. References outlive it. Blocking, for a worker thread.
class LiveNamespace : public Source {
public:
    LiveNamespace(const oc::Client& client, const catalog::Detection& detection, const cluster::Inventory& inventory, Redactor& redactor, QString cluster);
    ~LiveNamespace() override;

    /// The index of each present component, or of `components`. One that cannot be read is in the content as unreadable, with the reason; Cancelled and a
    /// lost login end it. `progress`: what is being read, and bytes of it.
    Result<Content> content(const QStringList& components, const std::function<void(const QString& component, qint64 bytes)>& progress, const std::stop_token& stop);
    Result<void> read(const QString& component, const ByteSink& sink, const std::function<void(qint64, qint64)>& progress, const std::stop_token& stop) override;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace scalekeep::compare
