//! The program as operators run it: started as a process, killed, out of disk.

mod crash;
mod disk_full;
mod support;
