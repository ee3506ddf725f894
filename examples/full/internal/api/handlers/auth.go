package handlers

import (
	"context"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
	"example.com/market-api/internal/reqctx"
)

// Auth handles accounts and sign-in.
type Auth struct {
	service AuthService
}

// NewAuth returns the handlers for the accounts of a service.
func NewAuth(service AuthService) *Auth {
	return &Auth{service: service}
}

// Register creates an account.
func (h *Auth) Register(c *gin.Context) {
	in, err := request.Decode[registration](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	user, err := h.service.Register(c.Request.Context(), in.Email, in.Password)
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/v1/me")
	c.JSON(http.StatusCreated, accountOf(user))
}

// Login exchanges an email and a password for tokens.
func (h *Auth) Login(c *gin.Context) {
	in, err := request.Decode[credentials](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	granted, err := h.service.Login(c.Request.Context(), in.Email, in.Password)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, grantOf(granted))
}

// Refresh exchanges a refresh token for new tokens.
func (h *Auth) Refresh(c *gin.Context) {
	in, err := request.Decode[refreshToken](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	granted, err := h.service.Refresh(c.Request.Context(), in.RefreshToken)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, grantOf(granted))
}

// Logout revokes the refresh token and all others of the same sign-in.
func (h *Auth) Logout(c *gin.Context) {
	in, err := request.Decode[refreshToken](c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	if err := h.service.Logout(c.Request.Context(), in.RefreshToken); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

// Me returns the account of the caller.
func (h *Auth) Me(c *gin.Context) {
	ctx := c.Request.Context()
	user, err := h.service.User(ctx, reqctx.From(ctx).UserID)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, accountOf(user))
}

// Users lists all accounts.
func (h *Auth) Users(c *gin.Context) {
	page, err := request.Page(c.Request)
	if err != nil {
		fail(c, err)
		return
	}
	found, err := h.service.Users(c.Request.Context(), page)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, listOf(found, accountOf))
}

// AuthService manages the accounts.
type AuthService interface {
	Register(ctx context.Context, email, password string) (models.User, error)
	Login(ctx context.Context, email, password string) (auth.Grant, error)
	Refresh(ctx context.Context, refreshToken string) (auth.Grant, error)
	Logout(ctx context.Context, refreshToken string) error
	User(ctx context.Context, id uuid.UUID) (models.User, error)
	Users(ctx context.Context, page models.PageRequest) (models.Page[models.User], error)
}

// registration is the request body for a new account.
type registration struct {
	Email    string `json:"email" validate:"required,max=254,email"`
	Password string `json:"password" validate:"required,min=8,max=128,text"`
}

// credentials is the request body for a sign-in. The validation is less strict,
// because accounts may be older than the rules for new ones.
type credentials struct {
	Email    string `json:"email" validate:"required,max=254,text"`
	Password string `json:"password" validate:"required,max=128,text"`
}

type refreshToken struct {
	RefreshToken string `json:"refresh_token" validate:"required,max=512,text"`
}

// grant is the JSON representation of tokens, as in OAuth 2.0.
type grant struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int    `json:"expires_in"`
	RefreshToken string `json:"refresh_token"`
}

func grantOf(granted auth.Grant) grant {
	return grant{
		AccessToken:  granted.AccessToken,
		TokenType:    "Bearer",
		ExpiresIn:    int(granted.ExpiresIn.Seconds()),
		RefreshToken: granted.RefreshToken,
	}
}

// account is the JSON representation of a user.
type account struct {
	ID        uuid.UUID `json:"id"`
	Email     string    `json:"email"`
	Role      string    `json:"role"`
	CreatedAt time.Time `json:"created_at"`
}

func accountOf(user models.User) account {
	return account{ID: user.ID, Email: user.Email, Role: user.Role, CreatedAt: user.CreatedAt}
}
