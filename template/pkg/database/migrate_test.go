package database

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

func filesOf(texts map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range texts {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestReadFilesInOrderOfVersion(t *testing.T) {
	files, err := readFiles(filesOf(map[string]string{
		"10_later.json":   `{"up": [], "down": []}`,
		"0002_first.json": `{"up": [{"create": "things"}, {"drop": "others"}], "down": [{"ping": {"$numberLong": "1"}}]}`,
		"migrations.go":   "package migrations",
	}))

	require.NoError(t, err)
	require.Len(t, files, 2)
	require.Equal(t, "0002_first.json", files[0].name)
	require.EqualValues(t, 2, files[0].version)
	require.Equal(t, []bson.D{{{Key: "create", Value: "things"}}, {{Key: "drop", Value: "others"}}}, files[0].Up)
	require.Equal(t, []bson.D{{{Key: "ping", Value: int64(1)}}}, files[0].Down)
	require.EqualValues(t, 10, files[1].version)
}

func TestReadFilesRejectsWhatIsNoMigration(t *testing.T) {
	for name, text := range map[string]string{
		"things.json":    `{"up": [], "down": []}`,
		"x_things.json":  `{"up": [], "down": []}`,
		"0_things.json":  `{"up": [], "down": []}`,
		"1_text.json":    `things`,
		"1_up.json":      `{"up": [{"create": "things"}]}`,
		"1_down.json":    `{"down": []}`,
		"1_command.json": `{"up": [{}], "down": []}`,
		"1_string.json":  `{"up": ["create"], "down": []}`,
	} {
		_, err := readFiles(filesOf(map[string]string{name: text}))
		require.ErrorContains(t, err, name)
	}
	_, err := readFiles(filesOf(map[string]string{"1_a.json": `{"up": [], "down": []}`, "01_b.json": `{"up": [], "down": []}`}))
	require.ErrorContains(t, err, "the same version")
}

func TestWithoutMigrationsTheDatabaseIsNotNeeded(t *testing.T) {
	status, err := MigrationStatus(t.Context(), nil, fstest.MapFS{})
	require.NoError(t, err)
	require.Empty(t, status)
}

func TestOnlyRenamesHaveTheNameOfTheDatabase(t *testing.T) {
	client, err := mongo.Connect()
	require.NoError(t, err)
	defer func() { require.NoError(t, client.Disconnect(t.Context())) }()
	db := client.Database("app")

	on, command := addressed(db, bson.D{{Key: "drop", Value: "things"}})
	require.Equal(t, "app", on.Name())
	require.Equal(t, bson.D{{Key: "drop", Value: "things"}}, command)

	given := bson.D{{Key: "renameCollection", Value: "things"}, {Key: "to", Value: "items"}, {Key: "dropTarget", Value: false}}
	on, command = addressed(db, given)
	require.Equal(t, "admin", on.Name())
	require.Equal(t, bson.D{{Key: "renameCollection", Value: "app.things"}, {Key: "to", Value: "app.items"}, {Key: "dropTarget", Value: false}}, command)
	require.Equal(t, "things", given[0].Value)
}

func TestHasCode(t *testing.T) {
	require.True(t, hasCode(mongo.CommandError{Code: 13}, namespaceExists, unauthorized))
	require.False(t, hasCode(mongo.CommandError{Code: 91}, unauthorized))
	require.False(t, hasCode(mongo.ErrNoDocuments, unauthorized))
	require.False(t, hasCode(nil, unauthorized))
}
