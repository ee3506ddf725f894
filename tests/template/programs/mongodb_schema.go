// The program of test_mongodb_schema_changes.py: it applies migrations with the
// code of a service, and shows what a database then has. It is compiled as a
// command of the service "shop".
package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"

	"example.com/shop/pkg/database"
)

func main() {
	if err := connected(context.Background(), os.Args[1], os.Args[2], os.Args[3:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func connected(ctx context.Context, url, command string, args []string) error {
	opened, err := database.Open(database.Config{URL: url})
	if err != nil {
		return err
	}
	if err := opened.Connect(ctx); err != nil {
		return err
	}
	db, err := opened.Database()
	if err != nil {
		return err
	}
	quiet := slog.New(slog.DiscardHandler)
	switch command {
	case "up":
		return database.Migrate(ctx, db, os.DirFS(args[0]), quiet)
	case "down":
		return database.MigrateDown(ctx, db, os.DirFS(args[0]), quiet)
	case "insert":
		var document bson.D
		if err := bson.UnmarshalExtJSON([]byte(args[1]), false, &document); err != nil {
			return err
		}
		_, err := db.Collection(args[0]).InsertOne(ctx, document)
		return err
	case "indexes":
		return show(ctx, db, func(collection *mongo.Collection) (*mongo.Cursor, error) { return collection.Indexes().List(ctx) })
	default:
		return show(ctx, db, func(collection *mongo.Collection) (*mongo.Cursor, error) { return collection.Find(ctx, bson.D{}) })
	}
}

// show prints a line for each collection and what list returns of it.
func show(ctx context.Context, db *mongo.Database, list func(*mongo.Collection) (*mongo.Cursor, error)) error {
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return err
	}
	slices.Sort(names)
	for _, name := range names {
		if strings.HasPrefix(name, "schema_") || strings.HasPrefix(name, "system.") {
			continue
		}
		cursor, err := list(db.Collection(name))
		if err != nil {
			return err
		}
		documents := []bson.D{}
		if err := cursor.All(ctx, &documents); err != nil {
			return err
		}
		line, err := bson.MarshalExtJSON(bson.D{{Key: "name", Value: name}, {Key: "has", Value: documents}}, false, false)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
	return nil
}
