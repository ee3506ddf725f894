package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime"
	"slices"
	"strings"

	"example.com/market-api/internal/config"
	"example.com/market-api/internal/reqctx"
	"example.com/market-api/pkg/logger"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // a wrong command line or configuration
)

// errUsage is the error of a command that was given the wrong arguments.
var errUsage = errors.New("wrong arguments")

// process is what the commands see of the process that they run in.
type process struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// command is one thing that the program can do.
type command struct {
	name string
	args string
	help string
	run  func(ctx context.Context, args []string) error
}

// commands returns what the program can do. The first command is the one that
// runs when none is named.
func (p process) commands() []command {
	return []command{
		{"serve", "", "answer requests until SIGTERM or SIGINT", p.serve},
		{"migrate", "[up|down|status]", "bring the schema of the database up to date, or take a step back", p.migrate},
		{"set-role", "EMAIL admin|user", "make a user an admin, or take that back", p.setRole},
		{"healthcheck", "", "ask the service on this machine whether it is alive", p.healthcheck},
		{"version", "", "print the version", p.printVersion},
		{"help", "", "print this", p.printHelp},
	}
}

// run runs the command that args name, and returns the exit code.
func (p process) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		args = []string{"serve"}
	}
	name := strings.TrimLeft(args[0], "-")
	all := p.commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(p.stderr, "server: there is no command %q, see \"server help\"\n", args[0])
		return exitUsage
	}

	err := all[i].run(ctx, args[1:])
	invalid := (*config.Error)(nil)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errUsage):
		fmt.Fprintf(p.stderr, "usage: server %s\n", strings.TrimSpace(all[i].name+" "+all[i].args))
		return exitUsage
	case errors.As(err, &invalid):
		fmt.Fprintln(p.stderr, err)
		return exitUsage
	default:
		fmt.Fprintf(p.stderr, "server: %v\n", err)
		return exitFailed
	}
}

// configure reads the configuration, and opens the log that it asks for.
func (p process) configure() (config.Config, *slog.Logger, error) {
	cfg, err := config.Load(p.environ)
	if err != nil {
		return config.Config{}, nil, err
	}
	log := logger.New(p.stdout, logger.Config{Level: cfg.Log.Level, Context: reqctx.Attrs})
	return cfg, log, nil
}

func (p process) printVersion(context.Context, []string) error {
	_, err := fmt.Fprintf(p.stdout, "market-api %s (%s %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}

func (p process) printHelp(context.Context, []string) error {
	var text strings.Builder
	text.WriteString("usage: server [COMMAND]\n\n")
	for _, c := range p.commands() {
		fmt.Fprintf(&text, "  %-26s%s\n", c.name+" "+c.args, c.help)
	}
	text.WriteString("\nWithout a command it serves. It is configured by the environment: see README.md.\n")
	_, err := io.WriteString(p.stdout, text.String())
	return err
}
