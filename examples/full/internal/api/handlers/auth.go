package handlers

import (
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
	service *auth.Service
}

// NewAuth returns the handlers for the accounts of a service.
func NewAuth(service *auth.Service) *Auth {
	return &Auth{service: service}
}

// Register creates an account.
func (h *Auth) Register(c *gin.Context) error {
	in, err := request.Decode[registration](c.Request)
	if err != nil {
		return err
	}
	user, err := h.service.Register(c.Request.Context(), in.Email, in.Password)
	if err != nil {
		return err
	}
	c.Header("Location", "/api/v1/me")
	c.JSON(http.StatusCreated, accountOf(user))
	return nil
}

// Login exchanges an email and a password for tokens.
func (h *Auth) Login(c *gin.Context) error {
	in, err := request.Decode[credentials](c.Request)
	if err != nil {
		return err
	}
	granted, err := h.service.Login(c.Request.Context(), in.Email, in.Password)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, grantOf(granted))
	return nil
}

// Refresh exchanges a refresh token for new tokens.
func (h *Auth) Refresh(c *gin.Context) error {
	in, err := request.Decode[refreshToken](c.Request)
	if err != nil {
		return err
	}
	granted, err := h.service.Refresh(c.Request.Context(), in.RefreshToken)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, grantOf(granted))
	return nil
}

// Logout revokes the refresh token and all others of the same sign-in.
func (h *Auth) Logout(c *gin.Context) error {
	in, err := request.Decode[refreshToken](c.Request)
	if err != nil {
		return err
	}
	if err := h.service.Logout(c.Request.Context(), in.RefreshToken); err != nil {
		return err
	}
	c.Status(http.StatusNoContent)
	return nil
}

// Me returns the account of the caller.
func (h *Auth) Me(c *gin.Context) error {
	ctx := c.Request.Context()
	user, err := h.service.User(ctx, reqctx.From(ctx).UserID)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, accountOf(user))
	return nil
}

// Users lists all accounts.
func (h *Auth) Users(c *gin.Context) error {
	page, err := request.Page(c.Request)
	if err != nil {
		return err
	}
	found, err := h.service.Users(c.Request.Context(), page)
	if err != nil {
		return err
	}
	c.JSON(http.StatusOK, listOf(found, accountOf))
	return nil
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
