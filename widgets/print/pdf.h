#pragma once

#include "engine/record/document.h"

class QTextDocument;

/// Records on paper. Needs a QGuiApplication, no display; any thread.
namespace scalekeep::print {

enum class Paper { A4, Letter };

/// Black on white, with page numbers; fonts are embedded and the text can be searched. ToolMissing where this machine has no fonts.
Result<QByteArray> toPdf(const record::Document& document, Paper paper);

/// The same as a text document without pages, for a preview. Glyphs are part of it.
std::unique_ptr<QTextDocument> textDocument(const record::Document& document);

} // namespace scalekeep::print
