package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/market-api/internal/apperr"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/repository/pgerr"
)

// PriceLists stores price lists in PostgreSQL.
type PriceLists struct {
	db DB
}

// NewPriceLists returns a repository that uses a pool or a transaction.
func NewPriceLists(db DB) *PriceLists {
	return &PriceLists{db: db}
}

// Create stores a new price list.
func (r *PriceLists) Create(ctx context.Context, item models.PriceList) error {
	args := priceListArgs(item.PriceListFields)
	args["id"] = item.ID
	args["owner_id"] = item.OwnerID
	args["version"] = item.Version
	args["created_at"] = item.CreatedAt
	args["updated_at"] = item.UpdatedAt
	_, err := r.db.Exec(ctx, `
		INSERT INTO price_lists (id, owner_id, title, currency, discount, valid_from, version, created_at, updated_at)
		VALUES (@id, @owner_id, @title, @currency, @discount, @valid_from, @version, @created_at, @updated_at)`, args)
	return pgerr.Translate(err, "create", "price list")
}

// Get returns a price list.
func (r *PriceLists) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.PriceList, error) {
	return one(ctx, r.db, scanPriceList, "get", "price list", `
		SELECT id, owner_id, title, currency, discount, valid_from, version, created_at, updated_at
		FROM price_lists
		WHERE id = @id AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "owner_id": ownerOf(scope)})
}

// List returns a page of price lists.
func (r *PriceLists) List(ctx context.Context, query models.PriceListQuery) ([]models.PriceList, error) {
	where, args := priceListWhere(query)
	return many(ctx, r.db, scanPriceList, "list", "price lists", `
		SELECT id, owner_id, title, currency, discount, valid_from, version, created_at, updated_at
		FROM price_lists
		WHERE `+where+pageOf(query.Page, args), args)
}

// Count returns the number of price lists on all pages.
func (r *PriceLists) Count(ctx context.Context, query models.PriceListQuery) (int64, error) {
	where, args := priceListWhere(query)
	return one(ctx, r.db, pgx.RowTo[int64], "count", "price lists", `
		SELECT count(*)
		FROM price_lists
		WHERE `+where, args)
}

// priceListWhere returns the condition of a query and its values.
func priceListWhere(query models.PriceListQuery) (string, pgx.NamedArgs) {
	sql, args := `true`, pgx.NamedArgs{}
	if !query.Scope.All {
		sql += ` AND owner_id = @owner_id`
		args["owner_id"] = query.Scope.Owner
	}
	if query.Filter.Currency != nil {
		sql += ` AND currency = @currency`
		args["currency"] = query.Filter.Currency
	}
	if query.Filter.Title != nil {
		sql += ` AND title = @title`
		args["title"] = query.Filter.Title
	}
	sql += between("discount", query.Ranges.Discount, args)
	sql += between("valid_from", query.Ranges.ValidFrom, args)
	sql += between("created_at", query.Ranges.CreatedAt, args)
	sql += between("updated_at", query.Ranges.UpdatedAt, args)
	return sql, args
}

// Update replaces the fields of a price list.
func (r *PriceLists) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.PriceListFields, at time.Time) (models.PriceList, error) {
	args := priceListArgs(fields)
	args["id"] = id
	args["owner_id"] = ownerOf(scope)
	args["version"] = version
	args["updated_at"] = at
	item, err := one(ctx, r.db, scanPriceList, "update", "price list", `
		UPDATE price_lists
		SET title = @title, currency = @currency, discount = @discount, valid_from = @valid_from, version = version + 1, updated_at = @updated_at
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)
		RETURNING id, owner_id, title, currency, discount, valid_from, version, created_at, updated_at`, args)
	if version != 0 && apperr.KindOf(err) == apperr.NotFound {
		// Either there is none, or its version is another one.
		if _, err := r.Get(ctx, scope, id); err == nil {
			return models.PriceList{}, errStale
		}
	}
	return item, err
}

// Delete deletes a price list.
func (r *PriceLists) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	result, err := r.db.Exec(ctx, `
		DELETE FROM price_lists
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "version": version, "owner_id": ownerOf(scope)})
	if err != nil {
		return pgerr.TranslateDelete(err, "price list")
	}
	if result.RowsAffected() > 0 {
		return nil
	}
	if _, err := r.Get(ctx, scope, id); err != nil {
		return err
	}
	return errStale
}

// priceListArgs returns the values of the columns that clients can set.
func priceListArgs(fields models.PriceListFields) pgx.NamedArgs {
	return pgx.NamedArgs{
		"title":      fields.Title,
		"currency":   fields.Currency,
		"discount":   fields.Discount,
		"valid_from": fields.ValidFrom,
	}
}

func scanPriceList(row pgx.CollectableRow) (models.PriceList, error) {
	var item models.PriceList
	err := row.Scan(&item.ID, &item.OwnerID, &item.Title, &item.Currency, &item.Discount, &item.ValidFrom, &item.Version, &item.CreatedAt, &item.UpdatedAt)
	return item, err
}
