package page

import "net/http"

func (p *page) modalRoutes(*http.ServeMux) {}
