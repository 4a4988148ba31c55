package main

import "syscall"

// childAttr lets the kernel end the child with its parent: nothing is left behind when
// the parent is killed.
func childAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
