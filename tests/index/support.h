#pragma once

#include "engine/index/entries.h"

#include <QByteArray>
#include <QStringList>

/// Indexes `data`, handed over in pieces of `piece` bytes (0: at once).
scalekeep::Result<QJsonObject> indexOf(const QString& format, const QByteArray& data, qsizetype piece = 0);
/// The same for data that must be good: the error's text is thrown and shown by the test otherwise.
QJsonObject goodIndex(const QString& format, const QByteArray& data, qsizetype piece = 0);
/// The entry of that kind and name (or path); empty when there is none.
QJsonObject entry(const QJsonObject& index, const QString& kind, const QString& name);
/// "table a: 2 of 14 rows differ", warnings with "warning: " before.
QStringList texts(const QList<scalekeep::index::Difference>& differences);
QStringList compare(const QString& format, const QByteArray& expected, const QByteArray& found, qint64 at = 0);
/// `text` in pieces of at most `piece` bytes.
scalekeep::ByteSource source(const QByteArray& text, qsizetype piece = 1'000'000);
QByteArray testData(const QString& name);
