#pragma once

#include "engine/bundle/reader.h"

#include <QCoreApplication>

#include <memory>
#include <vector>

namespace scalekeep::models {

/// One row of a bundle's content. Owned by the row above it.
struct ContentNode {
    enum class Kind { Component, Group, Table, Named, Database, Prefix, Directory, File, ObjectKind, Object, Field, Message };
    Kind kind = Kind::Group;
    QString name;                ///< as it is in the data; cut where it is very long
    QString what;                ///< "1,902,118 rows"
    QString icon, glyph, toolTip;
    qint64 bytes = -1;           ///< plain; negative: not known
    double weight = 0;           ///< bytes, rows or keys: what its share is counted by
    double share = -1;           ///< of the component, by weight; negative: no bar
    bool dim = false;
    bool hit = true;             ///< by the words of the model's filter: itself, one below it, or one above it
    QString component, stream;   ///< of a component or file: where it lies
    QByteArray path, sha256;     ///< of a file: bytes in the archive, digest by the index
    ContentNode* parent = nullptr;
    int row = 0;
    std::vector<std::unique_ptr<ContentNode>> children;

    ContentNode* add(std::unique_ptr<ContentNode> child);
};

/// Makes rows out of content indexes. No secret value is ever in a row: an index holds digests only, and those of Secrets are left out.
/// Hostile input: lengths and numbers are bounded, whatever the index says. Blocking for large indexes; any thread.
class ContentTree {
    Q_DECLARE_TR_FUNCTIONS(scalekeep::models::ContentTree)
public:
    static constexpr int MostEntries = 200'000; ///< of one component
    static constexpr int Listed = 24, ListedFiles = 500, InGroup = 1000; ///< rows before "n more", rows in a part of it
    static constexpr int LongestName = 300, DeepestDirectory = 40;

    /// Components with what the manifest says of them, without children.
    static std::unique_ptr<ContentNode> components(const bundle::Manifest& manifest);
    /// What the manifest counts of a component: "104 tables, 4 routines".
    static QString summary(const bundle::Component& component);
    /// The rows below one component from the plain index JSON.
    static Result<std::unique_ptr<ContentNode>> children(const bundle::Component& component, const QList<bundle::Stream>& streams, const QByteArray& index);

private:
    class Builder;
};

} // namespace scalekeep::models
