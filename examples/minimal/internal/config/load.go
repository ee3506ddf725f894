package config

import (
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// fileSuffix marks the variable that names a file with a setting's value, the
// way that Docker and Kubernetes hand over secrets.
const fileSuffix = "_FILE"

// Error lists every problem of a configuration at once.
type Error struct {
	Problems []string
}

// Error puts each problem on its own line.
func (e *Error) Error() string {
	return "the configuration is not valid:\n  " + strings.Join(e.Problems, "\n  ")
}

// Load reads the settings from environ, which has the form of os.Environ.
// When some are wrong, the error is an *Error with all of them.
func Load(environ []string) (Config, error) {
	var cfg Config
	environment := env.ToMap(environ)
	problems := readFiles(environment)

	// App is the first section, so the rest knows the environment.
	for section := range sections(&cfg) {
		if s, ok := section.(interface{ setDefaults(env Env) }); ok {
			s.setDefaults(cfg.App.Env)
		}
		problems = append(problems, parse(section, environment)...)
		if s, ok := section.(interface{ check(env Env) error }); ok {
			problems = append(problems, checkProblems(s.check(cfg.App.Env))...)
		}
	}
	if len(problems) > 0 {
		return Config{}, &Error{Problems: problems}
	}
	return cfg, nil
}

// LogValue shows every setting by the name of its variable, and no secret.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for section := range sections(&c) {
		for field, value := range reflect.ValueOf(section).Elem().Fields() {
			attrs = append(attrs, slog.Any(variable(field), value.Interface()))
		}
	}
	return slog.GroupValue(attrs...)
}

// sections yields a pointer to each section of cfg.
func sections(cfg *Config) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, section := range reflect.ValueOf(cfg).Elem().Fields() {
			if !yield(section.Addr().Interface()) {
				return
			}
		}
	}
}

// variables returns the names of all the variables that Load reads.
func variables() []string {
	var names []string
	for section := range sections(&Config{}) {
		for field := range reflect.TypeOf(section).Elem().Fields() {
			names = append(names, variable(field))
		}
	}
	return names
}

// variable returns the name of the variable that a field is read from.
func variable(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	return name
}

// readFiles lets NAME_FILE name a file that holds the value of the setting NAME.
func readFiles(environment map[string]string) []string {
	var problems []string
	names := variables()
	for _, name := range names {
		path := environment[name+fileSuffix]
		if path == "" || slices.Contains(names, name+fileSuffix) {
			continue
		}
		if environment[name] != "" {
			problems = append(problems, fmt.Sprintf("%s, %s: only one of them may be set", name, name+fileSuffix))
			continue
		}
		content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
		if err != nil {
			problems = append(problems, fmt.Sprintf("%s: %v", name+fileSuffix, err))
			continue
		}
		environment[name] = strings.TrimRight(string(content), "\r\n")
	}
	return problems
}

// parse reads a section. What cannot be read gets its default, so that the rest
// of the section can still be checked.
func parse(section any, environment map[string]string) []string {
	err := env.ParseWithOptions(section, env.Options{Environment: environment})
	if err == nil {
		return nil
	}
	aggregate := env.AggregateError{}
	if !errors.As(err, &aggregate) {
		return []string{err.Error()}
	}
	var problems []string
	for _, err := range aggregate.Errors {
		broken := env.ParseError{}
		if !errors.As(err, &broken) {
			return append(problems, err.Error())
		}
		field, _ := reflect.TypeOf(section).Elem().FieldByName(broken.Name)
		name := variable(field)
		problems = append(problems, fmt.Sprintf("%s: %v", name, broken.Err))
		delete(environment, name)
	}
	return append(problems, parse(section, environment)...)
}

// checkProblems takes joined errors apart again.
func checkProblems(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
