//! The program as operators run it: started as a process, killed, out of disk.

mod crash;
mod demo;
mod disk_full;
mod readme;
mod staff;
mod support;
