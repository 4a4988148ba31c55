package page

import "net/http"

func (p *page) chatRoutes(*http.ServeMux) {}
