"""`hilo demo` as people run it: real processes, real signals."""
