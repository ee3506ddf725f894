package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// The error codes of servers.
const (
	unauthorized      = 13
	namespaceNotFound = 26
	indexNotFound     = 27
	namespaceExists   = 48
)

// unsupported are the error codes of servers that have no validators:
// CommandNotFound, CommandNotSupported, NotImplemented, and FeatureNotSupported
// of Amazon DocumentDB.
var unsupported = []int{59, 115, 238, 303}

// repeated are the error codes of commands that have already been run.
var repeated = map[string][]int{
	"create":           {namespaceExists},
	"drop":             {namespaceNotFound},
	"dropIndexes":      {namespaceNotFound, indexNotFound},
	"renameCollection": {namespaceNotFound},
}

// file is a migration with its commands, which a file has in extended JSON.
type file struct {
	version int64
	name    string

	Up   []bson.D `bson:"up"`
	Down []bson.D `bson:"down"`
}

// readFiles returns the JSON files of fsys in order of version. The name of a
// file starts with its version and an underscore.
func readFiles(fsys fs.FS) ([]file, error) {
	names, err := fs.Glob(fsys, "*.json")
	if err != nil {
		return nil, err
	}
	var files []file
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		file := file{name: name}
		if err := file.parse(text); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files = append(files, file)
	}
	slices.SortFunc(files, func(a, b file) int { return int(a.version - b.version) })
	for i := 1; i < len(files); i++ {
		if files[i].version == files[i-1].version {
			return nil, fmt.Errorf("%s and %s have the same version", files[i-1].name, files[i].name)
		}
	}
	return files, nil
}

func (f *file) parse(text []byte) error {
	digits, _, _ := strings.Cut(f.name, "_")
	version, err := strconv.ParseInt(digits, 10, 32)
	if err != nil || version < 1 {
		return errors.New("the name must start with a number and an underscore")
	}
	f.version = version
	if err := bson.UnmarshalExtJSON(text, false, f); err != nil {
		return err
	}
	if f.Up == nil || f.Down == nil {
		return errors.New("must have the commands \"up\" and \"down\"")
	}
	for _, command := range slices.Concat(f.Up, f.Down) {
		if len(command) == 0 {
			return errors.New("a command is empty")
		}
	}
	return nil
}

// run runs commands one after another. It skips those that set validators if the
// server has none.
func run(ctx context.Context, db *mongo.Database, commands []bson.D, log *slog.Logger) error {
	for _, command := range commands {
		name := command[0].Key
		on, command := addressed(db, command)
		err := on.RunCommand(ctx, command).Err()
		switch {
		case err == nil || hasCode(err, repeated[name]...):
		case name == "collMod" && hasCode(err, unsupported...):
			log.WarnContext(ctx, "the server does not support validators: documents are only validated by the service", "collection", command[0].Value)
		default:
			return fmt.Errorf("%s %v: %w", name, command[0].Value, err)
		}
	}
	return nil
}

// addressed returns the database that runs a command. Collections are renamed by
// the database admin, by names that include their database. Migrations do not
// know its name.
func addressed(db *mongo.Database, command bson.D) (*mongo.Database, bson.D) {
	if command[0].Key != "renameCollection" {
		return db, command
	}
	qualified := slices.Clone(command)
	for i, field := range qualified {
		if name, ok := field.Value.(string); ok {
			qualified[i].Value = db.Name() + "." + name
		}
	}
	return db.Client().Database("admin"), qualified
}
