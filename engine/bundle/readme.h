#pragma once

#include <QByteArray>

namespace scalekeep::bundle {

/// The bundle's README.txt: how to get at the data with stock tools. The same text in every bundle of a format version.
QByteArray readmeText();

} // namespace scalekeep::bundle
