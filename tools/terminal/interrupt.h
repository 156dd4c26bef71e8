// Ctrl-C, SIGTERM and SIGHUP ask the program to stop at the next safe point; a second one ends it immediately.
#pragma once

namespace graft {

void catch_interrupts();
int interrupted();  // the signal that arrived, or 0

}  // namespace graft
