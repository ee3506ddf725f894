package postgres

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"example.com/shop-api/internal/apperr"
	"example.com/shop-api/internal/models"
	"example.com/shop-api/internal/repository/pgerr"
)

// Customers stores customers in PostgreSQL.
type Customers struct {
	db DB
}

// NewCustomers returns a repository that uses a pool or a transaction.
func NewCustomers(db DB) *Customers {
	return &Customers{db: db}
}

// Create stores a new customer.
func (r *Customers) Create(ctx context.Context, item models.Customer) error {
	args := customerArgs(item.CustomerFields)
	args["id"] = item.ID
	args["owner_id"] = item.OwnerID
	args["version"] = item.Version
	args["created_at"] = item.CreatedAt
	args["updated_at"] = item.UpdatedAt
	_, err := r.db.Exec(ctx, `
		INSERT INTO customers (id, owner_id, email, name, version, created_at, updated_at)
		VALUES (@id, @owner_id, @email, @name, @version, @created_at, @updated_at)`, args)
	return pgerr.Translate(err, "create", "customer")
}

// Get returns a customer.
func (r *Customers) Get(ctx context.Context, scope models.Scope, id uuid.UUID) (models.Customer, error) {
	return one(ctx, r.db, scanCustomer, "get", "customer", `
		SELECT id, owner_id, email, name, version, created_at, updated_at
		FROM customers
		WHERE id = @id AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "owner_id": ownerOf(scope)})
}

// List returns a page of customers.
func (r *Customers) List(ctx context.Context, query models.CustomerQuery) ([]models.Customer, error) {
	where, args := customerWhere(query)
	return many(ctx, r.db, scanCustomer, "list", "customers", `
		SELECT id, owner_id, email, name, version, created_at, updated_at
		FROM customers
		WHERE `+where+pageOf(query.Page, args), args)
}

// Count returns the number of customers on all pages.
func (r *Customers) Count(ctx context.Context, query models.CustomerQuery) (int64, error) {
	where, args := customerWhere(query)
	return one(ctx, r.db, pgx.RowTo[int64], "count", "customers", `
		SELECT count(*)
		FROM customers
		WHERE `+where, args)
}

// customerWhere returns the condition of a query and its values.
func customerWhere(query models.CustomerQuery) (string, pgx.NamedArgs) {
	sql, args := `true`, pgx.NamedArgs{}
	if !query.Scope.All {
		sql += ` AND owner_id = @owner_id`
		args["owner_id"] = query.Scope.Owner
	}
	if query.Filter.Email != nil {
		sql += ` AND email = @email`
		args["email"] = query.Filter.Email
	}
	if query.Search != "" {
		sql += ` AND name ILIKE @q`
		args["q"] = containing(query.Search)
	}
	sql += between("created_at", query.Ranges.CreatedAt, args)
	sql += between("updated_at", query.Ranges.UpdatedAt, args)
	return sql, args
}

// Update replaces the fields of a customer.
func (r *Customers) Update(ctx context.Context, scope models.Scope, id uuid.UUID, version int64, fields models.CustomerFields, at time.Time) (models.Customer, error) {
	args := customerArgs(fields)
	args["id"] = id
	args["owner_id"] = ownerOf(scope)
	args["version"] = version
	args["updated_at"] = at
	item, err := one(ctx, r.db, scanCustomer, "update", "customer", `
		UPDATE customers
		SET email = @email, name = @name, version = version + 1, updated_at = @updated_at
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)
		RETURNING id, owner_id, email, name, version, created_at, updated_at`, args)
	if version != 0 && apperr.KindOf(err) == apperr.NotFound {
		// Either there is none, or its version is another one.
		if _, err := r.Get(ctx, scope, id); err == nil {
			return models.Customer{}, errStale
		}
	}
	return item, err
}

// Delete deletes a customer.
func (r *Customers) Delete(ctx context.Context, scope models.Scope, id uuid.UUID, version int64) error {
	result, err := r.db.Exec(ctx, `
		DELETE FROM customers
		WHERE id = @id AND (@version = 0 OR version = @version) AND owner_id = coalesce(@owner_id, owner_id)`, pgx.NamedArgs{"id": id, "version": version, "owner_id": ownerOf(scope)})
	if err != nil {
		return pgerr.TranslateDelete(err, "customer")
	}
	if result.RowsAffected() > 0 {
		return nil
	}
	if _, err := r.Get(ctx, scope, id); err != nil {
		return err
	}
	return errStale
}

// customerArgs returns the values of the columns that clients can set.
func customerArgs(fields models.CustomerFields) pgx.NamedArgs {
	return pgx.NamedArgs{
		"email": fields.Email,
		"name":  fields.Name,
	}
}

func scanCustomer(row pgx.CollectableRow) (models.Customer, error) {
	var item models.Customer
	err := row.Scan(&item.ID, &item.OwnerID, &item.Email, &item.Name, &item.Version, &item.CreatedAt, &item.UpdatedAt)
	return item, err
}
