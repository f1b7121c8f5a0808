#pragma once

#include "engine/bundle/reader.h"

namespace scalekeep::store {

/// What Reader::verify() asks beyond bytes and digests: the format's own end mark, and the stored index against the one that the data itself
/// gives. The reader outlives the checks.
bundle::Reader::ContentChecks contentChecks(const bundle::Reader& reader);

} // namespace scalekeep::store
