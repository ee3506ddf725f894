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

// fileSuffix is the suffix of variables that name a file with the value of a
// setting. Docker and Kubernetes provide secrets as files.
const fileSuffix = "_FILE"

// Error lists all problems of a configuration.
type Error struct {
	Problems []string
}

// Error returns the problems, each on its own line.
func (e *Error) Error() string {
	return "invalid configuration:\n  " + strings.Join(e.Problems, "\n  ")
}

// Load reads the settings of the service from environ, which has the format of
// os.Environ. If settings are invalid, it returns an *Error that lists all of
// them.
func Load(environ []string) (Config, error) {
	return LoadSections[Config](environ)
}

// LoadSections is like Load for a command that needs only the sections in T, so
// that it runs without the settings that only the service needs.
func LoadSections[T any](environ []string) (T, error) {
	var cfg T
	environment := env.ToMap(environ)
	problems := readFiles(environment, variables(&cfg))

	kind := Development
	for section := range sections(&cfg) {
		if s, ok := section.(interface{ setDefaults(env Env) }); ok {
			s.setDefaults(kind)
		}
		problems = append(problems, parse(section, environment)...)
		if s, ok := section.(interface{ check(env Env) error }); ok {
			problems = append(problems, checkProblems(s.check(kind))...)
		}
		if s, ok := section.(*App); ok {
			kind = s.Env
		}
	}
	if len(problems) > 0 {
		var none T
		return none, &Error{Problems: problems}
	}
	return cfg, nil
}

// LogValue returns all settings by the name of their variable, with secrets
// redacted.
func (c Config) LogValue() slog.Value {
	var attrs []slog.Attr
	for section := range sections(&c) {
		for field, value := range reflect.ValueOf(section).Elem().Fields() {
			attrs = append(attrs, slog.Any(variable(field), value.Interface()))
		}
	}
	return slog.GroupValue(attrs...)
}

// sections yields a pointer to each section of cfg, which is a pointer to a
// struct of sections.
func sections(cfg any) iter.Seq[any] {
	return func(yield func(any) bool) {
		for _, section := range reflect.ValueOf(cfg).Elem().Fields() {
			if !yield(section.Addr().Interface()) {
				return
			}
		}
	}
}

// variables returns the names of the variables of all sections of cfg.
func variables(cfg any) []string {
	var names []string
	for section := range sections(cfg) {
		for field := range reflect.TypeOf(section).Elem().Fields() {
			names = append(names, variable(field))
		}
	}
	return names
}

// variable returns the name of the variable for a field.
func variable(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("env"), ",")
	return name
}

// readFiles sets each of the variables NAME for which NAME_FILE is set to the
// contents of that file.
func readFiles(environment map[string]string, names []string) []string {
	var problems []string
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

// parse reads a section. Settings that cannot be parsed get their default, so
// that the rest of the section can still be validated.
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

// checkProblems splits a joined error into its messages.
func checkProblems(err error) []string {
	if err == nil {
		return nil
	}
	return strings.Split(err.Error(), "\n")
}
