package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"time"

	"example.com/market-api/internal/app"
	"example.com/market-api/internal/config"
	"example.com/market-api/internal/correlation"
	"example.com/market-api/pkg/logger"
)

// The exit codes of the program.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2 // invalid command line or configuration
)

// healthTimeout is shorter than the timeout of the health check in the
// Dockerfile.
const healthTimeout = 2 * time.Second

// errUsage means that a command was called with invalid arguments.
var errUsage = errors.New("invalid arguments")

// process is the environment of a command.
type process struct {
	environ []string
	stdout  io.Writer
	stderr  io.Writer
}

// command is a subcommand of the program.
type command struct {
	name string
	args string
	help string
	run  func(ctx context.Context, args []string) error
}

// commands returns the subcommands. The first one is the default.
func (p process) commands() []command {
	return []command{
		{"serve", "", "serve HTTP requests until SIGTERM or SIGINT", p.serve},
		{"migrate", "[up|down|status]", "apply the pending migrations, roll back one, or list all", p.migrate},
		{"set-role", "EMAIL admin|user", "set the role of a user", p.setRole},
		{"healthcheck", "", "check that the service on this machine is alive", p.healthcheck},
		{"version", "", "print the version", p.printVersion},
		{"help", "", "print this help", p.printHelp},
	}
}

// run runs the command in args and returns its exit code.
func (p process) run(ctx context.Context, args []string) int {
	if len(args) == 0 {
		args = []string{"serve"}
	}
	name := strings.TrimLeft(args[0], "-")
	all := p.commands()
	i := slices.IndexFunc(all, func(c command) bool { return c.name == name })
	if i < 0 {
		fmt.Fprintf(p.stderr, "server: unknown command %q, see \"server help\"\n", args[0])
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
		fmt.Fprintln(p.stderr, p.scrub(err))
		return exitUsage
	default:
		fmt.Fprintf(p.stderr, "server: %s\n", p.scrub(err))
		return exitFailed
	}
}

// scrub returns the text of an error without the secrets of the configuration.
func (p process) scrub(err error) string {
	return logger.Scrubber(config.Secrets(p.environ)).Replace(err.Error())
}

// logger returns the logger of a command.
func (p process) logger(cfg config.Log) *slog.Logger {
	return logger.New(p.stdout, logger.Config{
		Level:   cfg.Level,
		Context: correlation.Attrs,
		Secrets: config.Secrets(p.environ),
	})
}

func (p process) serve(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, err := config.Load(p.environ)
	if err != nil {
		return err
	}
	log := p.logger(cfg.Log)
	log.DebugContext(ctx, "configuration", "config", cfg)
	for _, warning := range cfg.Warnings(p.environ) {
		log.WarnContext(ctx, "the configuration needs attention", "problem", warning)
	}
	service, err := app.New(ctx, cfg, version, log)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		log.InfoContext(ctx, "stopped during the start")
		return nil
	}
	if err != nil {
		return err
	}
	return service.Run(ctx)
}

func (p process) migrate(ctx context.Context, args []string) error {
	if len(args) == 0 {
		args = []string{"up"}
	}
	if len(args) > 1 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Job](p.environ)
	if err != nil {
		return err
	}
	switch args[0] {
	case "up":
		return app.MigrateUp(ctx, cfg.Database, p.logger(cfg.Log))
	case "down":
		return app.MigrateDown(ctx, cfg.Database, p.logger(cfg.Log))
	case "status":
		return p.migrationStatus(ctx, cfg.Database)
	default:
		return errUsage
	}
}

func (p process) migrationStatus(ctx context.Context, cfg config.Database) error {
	migrations, err := app.MigrationStatus(ctx, cfg)
	for _, migration := range migrations {
		applied := "pending"
		if !migration.AppliedAt.IsZero() {
			applied = migration.AppliedAt.UTC().Format(time.DateTime)
		}
		fmt.Fprintf(p.stdout, "%-20s  %s\n", applied, migration.Name)
	}
	return err
}

func (p process) setRole(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Job](p.environ)
	if err != nil {
		return err
	}
	return app.SetRole(ctx, cfg.Database, args[0], args[1])
}

// healthcheck checks that the service on this machine is alive. It is used in
// containers, because the image does not contain curl.
func (p process) healthcheck(ctx context.Context, args []string) error {
	if len(args) > 0 {
		return errUsage
	}
	cfg, err := config.LoadSections[config.Probe](p.environ)
	if err != nil {
		return err
	}
	scheme := "http"
	if cfg.HTTP.TLSCertFile != "" {
		scheme = "https"
	}
	host, port, err := net.SplitHostPort(cfg.HTTP.Addr)
	if err != nil {
		return err
	}
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	return probe(ctx, scheme+"://"+net.JoinHostPort(host, port)+"/livez")
}

func probe(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{
		// The certificate is not valid for localhost.
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, //nolint:gosec // the service checks itself
	}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s responded with %s", url, response.Status)
	}
	return nil
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
	text.WriteString("\nThe default command is serve. Settings are read from the environment, see docs/configuration.md.\n")
	_, err := io.WriteString(p.stdout, text.String())
	return err
}
