// Command server runs the service and its maintenance jobs. See "server help".
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// version is set by the linker.
var version = "dev"

func main() {
	// If the reader of the log goes away, its lines are lost, but the service
	// continues.
	signal.Ignore(syscall.SIGPIPE)

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// The first signal starts a graceful shutdown. A second one stops the
	// process immediately.
	context.AfterFunc(ctx, stop)

	p := process{environ: os.Environ(), stdout: os.Stdout, stderr: os.Stderr}
	os.Exit(p.run(ctx, os.Args[1:]))
}
