package handlers

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/google/uuid"

	"example.com/market-api/internal/api/middleware"
	"example.com/market-api/internal/api/request"
	"example.com/market-api/internal/auth"
	"example.com/market-api/internal/models"
)

// Auth handles accounts and sessions.
type Auth struct {
	service *auth.Service
}

// NewAuth returns the handlers for the accounts of a service.
func NewAuth(service *auth.Service) *Auth {
	return &Auth{service: service}
}

// Register creates an account and signs in.
func (h *Auth) Register(c *gin.Context) error {
	return reply(c, http.StatusCreated, func(r *http.Request) (grant, error) {
		granted, err := h.register(r)
		if err == nil {
			c.Header("Location", "/api/v1/me")
		}
		return granted, err
	})
}

// Login exchanges an email and a password for tokens.
func (h *Auth) Login(c *gin.Context) error {
	return reply(c, http.StatusOK, h.login)
}

// Refresh exchanges a refresh token for new tokens.
func (h *Auth) Refresh(c *gin.Context) error {
	return reply(c, http.StatusOK, h.refresh)
}

// Logout ends the session of a refresh token.
func (h *Auth) Logout(c *gin.Context) error {
	return done(c, h.logout)
}

// Me returns the account of the caller.
func (h *Auth) Me(c *gin.Context) error {
	return reply(c, http.StatusOK, h.me)
}

// DeleteMe deletes the account of the caller and everything that belongs to
// it.
func (h *Auth) DeleteMe(c *gin.Context) error {
	return done(c, h.deleteMe)
}

// ChangePassword changes the password of the caller and ends their other
// sessions.
func (h *Auth) ChangePassword(c *gin.Context) error {
	return done(c, h.changePassword)
}

// Sessions lists the sessions of the caller.
func (h *Auth) Sessions(c *gin.Context) error {
	return reply(c, http.StatusOK, h.sessions)
}

// EndSession ends a session of the caller.
func (h *Auth) EndSession(c *gin.Context) error {
	return done(c, func(r *http.Request) error { return h.endSession(r, c.Param("id")) })
}

// EndSessions ends all sessions of the caller.
func (h *Auth) EndSessions(c *gin.Context) error {
	return done(c, h.endSessions)
}

// Users lists all accounts.
func (h *Auth) Users(c *gin.Context) error {
	return reply(c, http.StatusOK, h.users)
}

// ChangeUser changes the role of a user, or disables an account.
func (h *Auth) ChangeUser(c *gin.Context) error {
	return reply(c, http.StatusOK, func(r *http.Request) (account, error) { return h.changeUser(r, c.Param("id")) })
}

// credentials are the body of a request for a new account or for a sign-in.
type credentials struct {
	email    string
	password string
}

// readRegistration reads the credentials of a new account. The service validates
// the email.
func readRegistration(o *request.Object, in *credentials) {
	request.Required(o, "email", &in.email, request.Text(1, auth.MaxEmailLength))
	request.Required(o, "password", &in.password, request.Text(auth.MinPasswordLength, auth.MaxPasswordLength))
}

// readCredentials is less strict than readRegistration, because accounts may be
// older than the rules for new ones.
func readCredentials(o *request.Object, in *credentials) {
	request.Required(o, "email", &in.email, request.Text(1, auth.MaxEmailLength))
	request.Required(o, "password", &in.password, request.Text(1, auth.MaxPasswordLength))
}

// refreshToken is the body of a request to refresh or revoke tokens.
type refreshToken struct {
	token string
}

func readRefreshToken(o *request.Object, in *refreshToken) {
	const longest = 512
	request.Required(o, "refresh_token", &in.token, request.Text(1, longest))
}

// passwordChange is the body of a request for another password.
type passwordChange struct {
	current string
	next    string
}

func readPasswordChange(o *request.Object, in *passwordChange) {
	request.Required(o, "current_password", &in.current, request.Text(1, auth.MaxPasswordLength))
	request.Required(o, "new_password", &in.next, request.Text(auth.MinPasswordLength, auth.MaxPasswordLength))
}

// readConfirmation reads the password that confirms a change that cannot be
// undone.
func readConfirmation(o *request.Object, password *string) {
	request.Required(o, "password", password, request.Text(1, auth.MaxPasswordLength))
}

func readUserChange(o *request.Object, in *auth.UserChange) {
	request.Required(o, "role", &in.Role, request.OneOf(models.RoleUser, models.RoleAdmin))
	request.Required(o, "disabled", &in.Disabled, request.Bool)
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
	ID          uuid.UUID  `json:"id"`
	Email       string     `json:"email"`
	Role        string     `json:"role"`
	Disabled    bool       `json:"disabled"`
	CreatedAt   time.Time  `json:"created_at"`
	LastLoginAt *time.Time `json:"last_login_at"`
}

func accountOf(user models.User) account {
	return account{
		ID:          user.ID,
		Email:       user.Email,
		Role:        user.Role,
		Disabled:    user.Disabled,
		CreatedAt:   user.CreatedAt,
		LastLoginAt: user.LastLoginAt,
	}
}

// session is the JSON representation of a session.
type session struct {
	ID         uuid.UUID `json:"id"`
	Current    bool      `json:"current"`
	UserAgent  string    `json:"user_agent"`
	Address    string    `json:"address"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"`
	ExpiresAt  time.Time `json:"expires_at"`
}

// sessionList is the JSON representation of the sessions of a user.
type sessionList struct {
	Items []session `json:"items"`
}

func clientOf(r *http.Request) auth.Client {
	return auth.Client{UserAgent: r.UserAgent(), Address: middleware.ClientIP(r.Context())}
}

func (h *Auth) register(r *http.Request) (grant, error) {
	in, err := request.Decode(r, readRegistration)
	if err != nil {
		return grant{}, err
	}
	granted, err := h.service.Register(r.Context(), in.email, in.password, clientOf(r))
	return grantOf(granted), err
}

func (h *Auth) login(r *http.Request) (grant, error) {
	in, err := request.Decode(r, readCredentials)
	if err != nil {
		return grant{}, err
	}
	granted, err := h.service.Login(r.Context(), in.email, in.password, clientOf(r))
	return grantOf(granted), err
}

func (h *Auth) refresh(r *http.Request) (grant, error) {
	in, err := request.Decode(r, readRefreshToken)
	if err != nil {
		return grant{}, err
	}
	granted, err := h.service.Refresh(r.Context(), in.token)
	return grantOf(granted), err
}

func (h *Auth) logout(r *http.Request) error {
	in, err := request.Decode(r, readRefreshToken)
	if err != nil {
		return err
	}
	return h.service.Logout(r.Context(), in.token)
}

func (h *Auth) me(r *http.Request) (account, error) {
	user, err := h.service.Account(r.Context())
	return accountOf(user), err
}

func (h *Auth) deleteMe(r *http.Request) error {
	password, err := request.Decode(r, readConfirmation)
	if err != nil {
		return err
	}
	return h.service.DeleteAccount(r.Context(), password)
}

func (h *Auth) changePassword(r *http.Request) error {
	in, err := request.Decode(r, readPasswordChange)
	if err != nil {
		return err
	}
	return h.service.ChangePassword(r.Context(), in.current, in.next)
}

func (h *Auth) sessions(r *http.Request) (sessionList, error) {
	own, err := h.service.Sessions(r.Context())
	list := sessionList{Items: make([]session, len(own))}
	for i, s := range own {
		list.Items[i] = session{
			ID:         s.ID,
			Current:    s.Current,
			UserAgent:  s.UserAgent,
			Address:    s.Address,
			CreatedAt:  s.CreatedAt,
			LastUsedAt: s.LastUsedAt,
			ExpiresAt:  s.ExpiresAt,
		}
	}
	return list, err
}

func (h *Auth) endSession(r *http.Request, text string) error {
	id, err := request.ID(text)
	if err != nil {
		return err
	}
	return h.service.EndSession(r.Context(), id)
}

func (h *Auth) endSessions(r *http.Request) error {
	return h.service.EndSessions(r.Context())
}

func (h *Auth) users(r *http.Request) (list[account], error) {
	page, err := request.Page(r)
	if err != nil {
		return list[account]{}, err
	}
	found, err := h.service.Users(r.Context(), page)
	return listOf(found, page.Sort, accountOf), err
}

func (h *Auth) changeUser(r *http.Request, text string) (account, error) {
	id, err := request.ID(text)
	if err != nil {
		return account{}, err
	}
	patch, err := request.Patch(r, readUserChange)
	if err != nil {
		return account{}, err
	}
	user, err := h.service.ChangeUser(r.Context(), id, patch)
	return accountOf(user), err
}
