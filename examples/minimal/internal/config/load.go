package config

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode"

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
	environment, problems := read(environ, variables(&cfg))

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

// Secrets returns the values in environ that must not be disclosed: those of
// type Secret, and the passwords in URLs and in connection strings. It does not
// validate them, so that they can also be removed from the report of an invalid
// setting.
func Secrets(environ []string) []string {
	var cfg Config
	values, _ := read(environ, variables(&cfg))
	var secrets []string
	for section := range sections(&cfg) {
		for field := range reflect.TypeOf(section).Elem().Fields() {
			value := values[variable(field)]
			secrets = append(secrets, passwords(value)...)
			if field.Type == reflect.TypeFor[Secret]() {
				secrets = append(secrets, value)
				secrets = append(secrets, entries(value)...)
			}
		}
	}
	return slices.DeleteFunc(secrets, func(secret string) bool { return secret == "" })
}

// entries returns the lines of a key in PEM format and the values of a list of
// headers. Both may appear without the rest.
func entries(secret string) []string {
	var found []string
	for line := range strings.Lines(secret) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "-----") && line != secret {
			found = append(found, line)
		}
	}
	if strings.Contains(secret, "://") {
		return found
	}
	for entry := range strings.SplitSeq(secret, ",") {
		if _, value, ok := strings.Cut(entry, "="); ok {
			found = append(found, decoded(strings.TrimSpace(value))...)
		}
	}
	return found
}

// keywords matches the password in a connection string such as host=db
// password=secret, and in the query of a URL.
var keywords = regexp.MustCompile(`(?i)(?:password|secret|token)\s*=\s*(?:'((?:\\.|[^'])*)'|([^\s&;]+))`)

// passwords returns the passwords in a URL or in a connection string, as they
// are and decoded. Drivers report parts of a password that is not
// percent-encoded, so these are included.
func passwords(value string) []string {
	var found []string
	if _, rest, ok := strings.Cut(value, "://"); ok {
		user := rest[:max(strings.LastIndex(rest, "@"), 0)]
		if _, password, ok := strings.Cut(user, ":"); ok {
			found = append(found, decoded(password)...)
			found = append(found, strings.FieldsFunc(password, func(r rune) bool { return strings.ContainsRune("/?#@:", r) })...)
		}
	}
	for _, match := range keywords.FindAllStringSubmatch(value, -1) {
		found = append(found, decoded(match[1]+match[2])...)
	}
	return found
}

// decoded returns a text and what it means if it is percent-encoded.
func decoded(text string) []string {
	plain, err := url.PathUnescape(text)
	if err != nil {
		return []string{text}
	}
	return []string{text, plain}
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

// read returns the values of the variables with the given names. The value of
// NAME may also be in the file that NAME_FILE names. An empty value is the same
// as none.
func read(environ, names []string) (values map[string]string, problems []string) {
	environment := env.ToMap(environ)
	values = make(map[string]string, len(names))
	for _, name := range names {
		value := clean(environment[name])
		path := clean(environment[name+fileSuffix])
		if path != "" && !slices.Contains(names, name+fileSuffix) {
			if value != "" {
				problems = append(problems, fmt.Sprintf("%s, %s: only one of them may be set", name, name+fileSuffix))
				continue
			}
			content, err := os.ReadFile(path) //nolint:gosec // the operator names the file
			if err != nil {
				problems = append(problems, fmt.Sprintf("%s: %v", name+fileSuffix, err))
				continue
			}
			value = clean(string(content))
		}
		if value != "" {
			values[name] = value
		}
	}
	return values, problems
}

// clean returns a value without the surrounding space, the line break and the
// quotes that env files and files with secrets add. A key in PEM format may have
// \n in place of its line breaks, because not every tool can set a variable to
// several lines.
func clean(value string) string {
	value = strings.TrimSpace(value)
	if end := len(value) - 1; end > 0 && value[0] == value[end] && (value[0] == '"' || value[0] == '\'') {
		value = strings.TrimSpace(value[1:end])
	}
	if strings.HasPrefix(value, "-----BEGIN ") {
		value = strings.TrimSpace(strings.ReplaceAll(value, `\n`, "\n"))
	}
	return value
}

// fields returns the entries of a list, which are separated by commas or space.
// It skips empty ones.
func fields(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || unicode.IsSpace(r) })
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

// Secret is a setting that must not be disclosed. When printed, logged or
// encoded it only shows whether it is set. Convert it to a string to use it.
type Secret string

func (s Secret) redacted() string {
	if s == "" {
		return ""
	}
	return "[redacted]"
}

// Format hides the secret from all verbs of package fmt.
func (s Secret) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, s.redacted())
}

// LogValue hides the secret from logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.redacted()) }

// MarshalText hides the secret from encoders.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.redacted()), nil }

// List is a list of values that contain no commas and no space.
type List []string

// UnmarshalText parses a list such as a,b.
func (l *List) UnmarshalText(text []byte) error {
	*l = fields(string(text))
	return nil
}

// Networks is a list of IP networks.
type Networks []netip.Prefix

// noNetworks is the text of an empty list. It differs from a missing one,
// because it was chosen.
const noNetworks = "none"

// UnmarshalText parses a list such as 10.0.0.0/8,192.0.2.1/32.
func (n *Networks) UnmarshalText(text []byte) error {
	entries := fields(string(text))
	if slices.Equal(entries, []string{noNetworks}) {
		*n = Networks{}
		return nil
	}
	for _, entry := range entries {
		network, err := netip.ParsePrefix(entry)
		if err != nil {
			return fmt.Errorf("must be networks such as 10.0.0.0/8, or %s: %w", noNetworks, err)
		}
		*n = append(*n, network.Masked())
	}
	return nil
}
