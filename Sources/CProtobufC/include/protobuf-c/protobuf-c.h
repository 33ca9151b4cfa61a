// Stands in front of the installed header, so that its declarations belong to this one module. Generated code includes it by this
// name; with a plain system-library target every format's module would hold a copy, and Swift files would see some of each.
#pragma once
#include_next <protobuf-c/protobuf-c.h>
