// Ctrl-C and SIGTERM ask the program to stop at the next safe point; a second one stops it at once.
#pragma once

namespace graft {

void catch_interrupts();
int interrupted();  // 0, or the signal that arrived

}  // namespace graft
